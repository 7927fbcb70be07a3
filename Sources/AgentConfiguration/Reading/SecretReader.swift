/// Reads a secret from the file itself, from a variable or from a file. No message shows any part of it.
struct SecretReader {
    /// The largest file that is taken for a secret, in bytes.
    static let maximumFileSize = 64 << 10

    let key: SecretKey
    let spot: Spot

    func readInline() -> Secret? {
        guard let text = spot.text(expecting: "a secret") else { return nil }
        if let raw = spot.value.scalar, !Variables.areIn(raw) {
            spot.context.noteInlineSecret(path: spot.path, at: spot.value.location)
        }
        return check(text, whose: "this secret")
    }

    func readFile() -> Secret? {
        guard let path = Form<String>.path.read(spot),
            let contents = spot.contents(of: path, limit: Self.maximumFileSize)
        else { return nil }
        spot.warnIfPublic(contents, path)
        var bytes = contents.bytes[...]
        if bytes.last == UInt8(ascii: "\n") {
            bytes = bytes.dropLast()
            if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            spot.report("the secret in \(path.quoted) is not text in UTF-8")
            return nil
        }
        return check(text, whose: "the secret in \(path.quoted)")
    }

    private func check(_ text: String, whose subject: String) -> Secret? {
        if text.isEmpty {
            spot.report("\(subject) is empty")
        } else if text.utf8.contains(0) {
            spot.report("\(subject) holds a zero byte")
        } else if text.utf8.count < key.minimumLength {
            spot.report("\(subject) is shorter than \(key.minimumLength) characters")
        } else {
            return Secret(text)
        }
        return nil
    }
}
