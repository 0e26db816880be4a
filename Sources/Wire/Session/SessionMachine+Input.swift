import NIOCore

/// The handling of the client's input.
extension SessionMachine {
    mutating func take(_ event: Framer.Event, _ manifest: Manifest, _ output: inout Outbox) -> Action? {
        switch event {
        case .frame(let frame):
            if takesLinks, turn == 0, let (isOfThisVersion, id) = LinkOpening.read(frame) {
                guard isOfThisVersion else {
                    end(with: .otherLinkVersion)
                    return nil
                }
                phase = .closed
                return .becomeLink(input, id: id)
            }
            takeFrame(frame, manifest)
        case .announced(let frame, let mark): takeAnnouncement(frame, mark, manifest)
        case .text(let text): takeText(text)
        case .answer(let answer): takeAnswer(answer, manifest)
        case .telnet(var bytes): output.bytes.writeBuffer(&bytes)
        case .failed(let failure, let isFatal):
            prompt = nil
            if isFatal { end(with: failure) } else { pipeline.append(Answer(failure)) }
        }
        return nil
    }

    private mutating func takeFrame(_ frame: Frame, _ manifest: Manifest) {
        do throws(Failure) {
            let entry = try entry(for: frame, manifest)
            let request = try Request(frame, for: entry, words: limits.words)
            guard privacy != .clear || !request.isConfidential else { throw .encryptionRequired }
            if let exchange = try SessionCommands.exchange(request) {
                guard privacy != .clear else { throw .encryptionRequired }
                try go(on: exchange, manifest) { (exchange) throws(Failure) in try exchange.start() }
            } else {
                ask(request)
            }
        } catch {
            if error == .httpSpoken { end(with: error) } else { pipeline.append(Answer(error)) }
        }
    }

    private mutating func takeAnnouncement(_ frame: Frame, _ mark: LiteralMark, _ manifest: Manifest) {
        do throws(Failure) {
            let entry = try entry(for: frame, manifest)
            let limit = entry.spec.takesSealed ? Limits.roomForSealed(limits.literal) : limits.literal
            guard frame.tails.count < limits.words else { throw .tooManyWords }
            guard mark.count <= limit - frame.literalSize else { throw .literalTooLarge }
            let passed = passed(frame, mark, entry)
            guard hasMemory(for: passed?.size ?? frame.size + mark.count) else { throw .memoryFull }
            guard privacy != .clear || !entry.spec.isConfidential && passed?.isConfidential != true else {
                throw .encryptionRequired
            }
            if let passed { return pass(passed, mark) }
            framer.takeLiteral()
            if mark.waits { pipeline.append(Answer(Reply(354, nil, "Send the \(mark.count) bytes"))) }
        } catch {
            if error == .httpSpoken { return end(with: error) }
            // The refusal is added here only if it is complete now. Otherwise the framer reports it later.
            let discard = error == .memoryFull ? mark.count : limits.discard
            if let event = framer.refuseLiteral(error, discard: discard), case .failed(_, let isFatal) = event {
                if isFatal { end(with: error) } else { pipeline.append(Answer(error)) }
            }
        }
    }

    private func entry(for frame: Frame, _ manifest: Manifest) throws(Failure) -> Manifest.Entry {
        guard let verb = frame.verb else { throw frame.verbFailure }
        if let entry = SessionCommands.entry(for: verb) ?? manifest[verb] { return entry }
        if frame.looksLikeHTTP { throw .httpSpoken }
        throw manifest.isComplete ? .unknownVerb : .notAnnounced
    }

    /// Asks for the next missing argument. A complete request is added to the pipeline.
    private mutating func ask(_ request: Request) {
        guard let (index, parameter) = request.missing else { return pipeline.append(request) }
        if parameter.type.isMessage {
            prompt = .message(request, index: index)
            framer.expectText()
            pipeline.append(Answer(Reply(354, nil, "Send the \(parameter.name), then a line that is a single dot")))
        } else {
            prompt = .secret(request, index: index)
            framer.expectAnswer()
            pipeline.append(Answer(Reply(334, nil, "Send the \(parameter.name) on a line of its own, or * to cancel")))
        }
    }

    private mutating func takeText(_ text: ByteBuffer) {
        guard case .message(var request, let index) = prompt else { return }
        prompt = nil
        request.values[index] = .bytes(text)
        request.bodyForm = .text
        ask(request)
    }

    private mutating func takeAnswer(_ answer: ByteBuffer, _ manifest: Manifest) {
        switch prompt {
        case .secret(var request, let index):
            prompt = nil
            if answer.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) {
                return pipeline.append(Answer(.cancelled))
            }
            request.values[index] = .bytes(answer)
            ask(request)
        case .exchange(let exchange):
            prompt = nil
            do throws(Failure) {
                try go(on: exchange, manifest) { (exchange) throws(Failure) in try exchange.received(answer) }
            } catch {
                pipeline.append(Answer(error))
            }
        case .message, nil: break
        }
    }

    /// Takes the next step of an exchange. The last step adds an ordinary request to the pipeline.
    private mutating func go(
        on exchange: AuthExchange, _ manifest: Manifest,
        _ step: (inout AuthExchange) throws(Failure) -> AuthExchange.Step
    ) throws(Failure) {
        var exchange = exchange
        switch try step(&exchange) {
        case .ask(let text):
            prompt = .exchange(exchange)
            framer.expectAnswer()
            pipeline.append(Answer(Reply(334, nil, text)))
        case .logIn(let name, let password):
            let entry = try entry(for: Frame(head: ByteBuffer(string: "LOGIN")), manifest)
            pipeline.append(try Request(entry, [name, password]))
        }
    }
}
