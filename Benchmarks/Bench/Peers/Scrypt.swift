/// OpenSSL's scrypt alone, called from Python, on as many threads as the hasher has. Log-ins cannot be faster.
enum Scrypt {
    /// The default cost of claverod: log2 of N, r and p.
    static let cost = "15,8,3"

    private static let program = """
        import concurrent.futures, hashlib, sys, time
        count, threads = map(int, sys.argv[1:])
        def digest(salt):
            return hashlib.scrypt(b"correct-horse-battery", salt=salt.to_bytes(16, "big"), n=2**15, r=8, p=3,
                                  maxmem=2**26, dklen=32)
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            begin = time.monotonic()
            list(pool.map(digest, range(count)))
            print(count / (time.monotonic() - begin))
        """

    /// Returns the hashes a second, over `hashes` of them, on all processors.
    static func rate(hashes: Int, threads: Int) throws -> Double {
        guard let python = Tool.find("python3") else { throw MissingPeer(name: "python3") }
        let result = try Processors.using(nil) {
            Result { () throws(LoadError) in try Tool.run(python, ["-c", program, "\(hashes)", "\(threads)"]) }
        }.get()
        guard result.status == 0, let rate = Double(result.firstLine) else {
            throw LoadError("scrypt by python3: \(result.firstLine)")
        }
        return rate
    }
}
