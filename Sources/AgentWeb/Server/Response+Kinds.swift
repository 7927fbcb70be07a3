import Agent
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// An answer of plain text, with a line's end.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        bytes(Array((text + "\n").utf8), type: "text/plain; charset=utf-8", status: status)
    }

    /// An answer of JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        // Encoding fails only for numbers that JSON does not have; none is let in.
        let data = (try? WebJSON.encoder.encode(value)) ?? Data()
        return bytes(Array(data), type: "application/json", status: status)
    }

    /// An answer of JSON that is written field by field.
    static func fields(_ write: (inout JSONBytes) -> Void) -> Response {
        var json = JSONBytes()
        write(&json)
        return bytes(json.finished(), type: "application/json")
    }

    /// A file of the page; nothing where it has no such file.
    static func pageFile(_ name: String) -> Response? {
        guard let text = PageFiles.texts[name] else { return nil }
        let type =
            switch name.split(separator: ".").last {
            case "html": "text/html"
            case "css": "text/css"
            case "json": "application/json"
            case "yaml": "application/yaml"
            default: "text/javascript"
            }
        return bytes(Array(text.utf8), type: type + "; charset=utf-8")
    }

    /// An answer of these bytes.
    static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// Too many requests wait already, of this client or in all.
    static var tooManyWait: Response {
        var response = text("too many requests wait already; try again later", status: .serviceUnavailable)
        response.headers[.retryAfter] = "5"
        response.headers[.connection] = "close"
        return response
    }
}
