import Glibc
import LocalServices
import Testing

@Suite("A temporary directory")
struct TemporaryDirectoryTests {
    @Test("is readable by nobody else and goes with everything in it")
    func removed() throws {
        let path: String
        do {
            let directory = try TemporaryDirectory()
            path = directory.path
            try directory.makeDirectory("inner")
            let file = try directory.write("secret", to: "inner/file")
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o700)
        }
        #expect(access(path, F_OK) != 0)
    }
}
