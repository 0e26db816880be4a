import ArgumentParser
import Foundation
import Input
import Link

/// The check of the settings that `--check-config` asks for.
extension Daemon {
    /// Returns whether the command line asks for the check, and neither for a subcommand other than the daemon nor for
    /// help.
    ///
    /// - Throws: The answer to `--version` and similar requests.
    static func asksForCheck<Program: DaemonProgram>(_ program: Program.Type, _ commandLine: [String]) throws -> Bool {
        let isDaemon = commandLine.first.map { $0.hasPrefix("-") || $0 == Program.Service._commandName } ?? true
        guard isDaemon, commandLine.contains("--check-config") else { return false }
        return try answer(program, commandLine) == nil
    }

    /// Checks the settings, and the files and directories that they name. It writes one line on standard error for each
    /// problem, or one on standard output if all is well, and ends the process. It makes no file, lock or socket, and
    /// opens no port.
    static func checkSettings<Program: DaemonProgram>(_ program: Program.Type, _ commandLine: [String]) -> Never {
        let environment = ProcessInfo.processInfo.environment
        for (name, reason) in UnknownVariables(program.settings).all(in: environment) {
            StandardStreams.writeError("\(program.name): warning: the variable \(name) has no effect: \(reason)")
        }
        let problems = problems(program, commandLine, environment)
        guard problems.isEmpty else {
            for problem in problems { StandardStreams.writeError("\(program.name): \(problem)") }
            exit(ExitStatus.configuration.rawValue)
        }
        let path = program.settings.path(commandLine, environment).map { "\($0): " } ?? ""
        print("\(program.name): \(path)the settings are good")
        succeed(program.name)
    }

    /// Returns a line for each problem, without the name of the program.
    private static func problems<Program: DaemonProgram>(
        _ program: Program.Type, _ commandLine: [String], _ environment: [String: String]
    ) -> [String] {
        let line = { (error: any Error) in reason(error, reading: program) }
        let gathered: SettingsSources.Gathered
        do { gathered = try program.settings.gathered(commandLine, environment: environment) } catch {
            return [line(error)]
        }
        let outcome = SettingsFaults(program, gathered.added, commandLine).all(broken: gathered.broken)
        var problems = (gathered.problems + outcome.problems).map(line)
        guard let service = outcome.command as? any ServiceCommand else { return problems }
        var examination = SettingsExamination(of: gathered.added, replaced: outcome.replaced, isCheck: true)
        do {
            try service.process.dropPrivileges()
            service.examine(&examination)
        } catch {
            examination.note(line(error), of: ["user"])
        }
        problems += examination.problems.map(\.description)
        return problems
    }
}
