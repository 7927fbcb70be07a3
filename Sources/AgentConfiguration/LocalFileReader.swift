import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Reads files of this host. It never waits: what is not a regular file is refused.
public struct LocalFileReader: ConfigurationFileReader {
    /// A reader.
    public init() {}

    /// Reads a whole file, at most `limit` bytes.
    public func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
        // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.problem(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.problem(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileProblem(status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
        }
        guard status.st_size <= limit else { throw FileProblem("it is larger than \(limit.formattedSize)") }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                guard errno == EINTR else { throw Self.problem(errno) }
                continue
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer.prefix(count))
            guard bytes.count <= limit else { throw FileProblem("it is larger than \(limit.formattedSize)") }
        }
        return FileContents(bytes: bytes, isWorldReadable: status.st_mode & S_IROTH != 0)
    }

    /// The names of what is in a folder.
    public func names(in folder: String) throws(FileProblem) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw errno == ENOTDIR ? FileProblem("it is no folder") : Self.problem(errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func problem(_ code: Int32) -> FileProblem {
        switch code {
        case ENOENT, ENOTDIR: FileProblem("there is no such file")
        case EACCES, EPERM: FileProblem("this user may not read it")
        default: FileProblem("it cannot be read (\(String(cString: strerror(code))))")
        }
    }
}
