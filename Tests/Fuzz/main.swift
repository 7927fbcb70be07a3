import Agent
import AgentConfiguration
import CFuzzer
import Foundation
import Logging
import Power

@testable import AgentWeb
@testable import EnerGenieDriver
@testable import GenericDriver
@testable import SNMPClient
@testable import SNMPDriver

// Feeds one parser of foreign input with what libFuzzer makes of its corpus, guided by the code that it reaches.
//
//   fuzz SUBJECT [libFuzzer's options] CORPUS
//   fuzz SUBJECT seeds FOLDER
//
// A crash is a finding, and so is a broken promise, which is a precondition here.

/// What is fed.
enum Subject: String, CaseIterable {
    /// A configuration file.
    case configuration
    /// A model file.
    case model
    /// A command's payload, and the topic that it came on.
    case payload
    /// A datagram that answers an SNMP request.
    case snmp
    /// The bytes that an EnerGenie strip's web server sends.
    case reply
    /// A page of such a strip.
    case page
    /// What a strip of the native protocol sends.
    case native
    /// A request of a client made for pdudaemon, and one for the page's log.
    case query
    /// What a device of `driver: http` answers.
    case json

    func take(_ bytes: [UInt8]) {
        switch self {
        case .configuration: configuration(bytes)
        case .model: model(bytes)
        case .payload: payload(bytes)
        case .snmp: snmp(bytes)
        case .reply: reply(bytes)
        case .page: page(bytes)
        case .native: native(bytes)
        case .query: query(bytes)
        case .json: json(bytes)
        }
    }

    private func configuration(_ bytes: [UInt8]) {
        do {
            _ = try ConfigurationFile.parse(
                FileContents(bytes: bytes),
                fileName: "busbar.yaml",
                sources: ConfigurationSources(hostName: "host", files: NoFiles())
            )
        } catch {
            precondition(error.issues.contains { $0.severity == .error }, "refused without an error")
            precondition(error.issues.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
        }
    }

    private func model(_ bytes: [UInt8]) {
        do throws(ModelErrors) {
            _ = try PDUModel(yaml: String(decoding: bytes, as: UTF8.self), file: "site.yaml")
        } catch {
            precondition(!error.problems.isEmpty, "refused without a problem")
        }
    }

    private func payload(_ bytes: [UInt8]) {
        do throws(BadPayload) {
            guard case .command(let command) = try CommandPayload.read(bytes) else { return }
            precondition((command.id?.utf8.count ?? 0) <= 64)
            precondition((.zero ... .seconds(86_400)).contains(command.delay ?? .zero))
            precondition((.milliseconds(100) ... .seconds(3600)).contains(command.offTime ?? .seconds(1)))
            precondition((.milliseconds(100) ... .seconds(86_400)).contains(command.holdTime ?? .seconds(1)))
        } catch {
            precondition(!error.description.isEmpty && error.description.utf8.count < 400)
            precondition(!error.description.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
        let topic = String(decoding: bytes, as: UTF8.self)
        if case .outlet(let pdu, let outlet) = Self.topics.parse(topic) {
            precondition("lab/pdu/\(pdu)/outlet/\(outlet.topicLevel)/set" == topic)
        }
    }

    private func snmp(_ bytes: [UInt8]) {
        guard let codec = Self.codec else { preconditionFailure("no codec") }
        for user in [nil, UserContext(V3User(name: "user"), authenticationKey: [], privacyKey: [])] {
            var copy = bytes
            copy.withUnsafeMutableBufferPointer { buffer in
                _ = MessageCodec.peek(buffer)
                _ = try? codec.read(buffer, for: user, answering: Self.operation)
            }
        }
    }

    private func reply(_ bytes: [UInt8]) {
        let whole = Result { () throws(HTTPReplyError) in try parsed([bytes]) }
        let single = Result { () throws(HTTPReplyError) in try parsed(bytes.map { [$0] }) }
        precondition(whole == single, "read otherwise when it comes byte by byte")
    }

    private func parsed(_ pieces: [[UInt8]]) throws(HTTPReplyError) -> HTTPReply {
        var parser = HTTPReplyParser()
        for piece in pieces {
            if let reply = try parser.take(piece) { return reply }
        }
        return try parser.end()
    }

    private func page(_ bytes: [UInt8]) {
        let page = EnerGeniePage(bytes)
        precondition(page.states.map { $0.count == 4 } ?? true)
        _ = page.outletNames
    }

    private func native(_ bytes: [UInt8]) {
        guard bytes.count >= 12 else { return }
        func four(_ start: Int) -> SIMD4<UInt8> {
            SIMD4(bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3])
        }
        let cipher = NativeCipher(password: Array(bytes[12...].prefix(8)), task: four(0))
        _ = cipher.answer
        _ = cipher.controlFrame(four(4))
        _ = NativeStatus(codes: cipher.stateCodes(in: four(8)))
    }

    private func query(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let parameters = text.split(separator: "&").map { pair -> (key: Substring, value: Substring) in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        _ = try? LogQuery(parameters)
        for verb in ["on", "off", "reboot"] {
            let request = try? PDUDaemonRequest(verb: verb) { name in
                parameters.first { $0.key == name }.map { String($0.value) }
            }
            precondition((.zero ... .seconds(86_400)).contains(request?.command.delay ?? .zero))
        }
    }

    private func json(_ bytes: [UInt8]) {
        guard let outlet = OutletNumber(1), let words = StateWords(on: ["ON"], off: ["OFF"]) else { return }
        let places: [StateLocator] = [
            .whole, .pointer(OutletTemplate("/StatusSTS/POWER{outlet}")),
            .between(OutletTemplate("<b>"), OutletTemplate("</b>")),
        ]
        for place in places { _ = place.reading(outlet, in: bytes, words) }
    }

    // MARK: - What they need

    private struct NoFiles: ConfigurationFileReader {
        func read(_ path: String, limit: Int) throws(FileProblem) -> FileContents {
            throw FileProblem("there is no such file")
        }
    }

    private static let topics = TopicMap(base: "lab")
    private static let operation = SNMPClient.Operation(.get, [[1, 3, 6, 1, 2, 1, 1, 3, 0]])

    nonisolated(unsafe) private static let codec: MessageCodec? = {
        NetSNMP.start(logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        return MessageCodec()
    }()

    // MARK: - Where it begins

    /// Inputs that get far.
    var seeds: [[UInt8]] {
        func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
        func files(_ folder: String, _ suffix: String) -> [[UInt8]] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasSuffix(suffix) }
                .compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
                .map(Array.init)
        }
        switch self {
        case .configuration: return files("config", ".yaml")
        case .model: return files("Sources/SNMPDriver/Models", ".yaml")
        case .payload:
            return texts(
                "ON",
                #"{"action":"CYCLE","off_time":3,"id":"try-1","by":"me","reason":"why"}"#,
                #"{"state":"OFF","delay":0.5,"deadline":"2026-03-01T12:00:00.5+01:00","force":true}"#,
                #"{"action":"ON","for":1e2,"dry_run":false,"id":"\u00e9\ud83d\ude00"}"#,
                "lab/pdu/bench/outlet/1/set",
                "lab/group/rack/set"
            )
        case .snmp:
            return [SNMPVersion.v1, .v2c, .v3].compactMap { version in
                let recipient: MessageCodec.Recipient = version == .v3 ? .unknownEngine : .community(version, "public")
                var message = Self.codec?.withMessage(
                    version == .v3 ? nil : Self.operation,
                    for: recipient,
                    requestID: 77,
                    messageID: 78
                ) { Array($0) }
                // A response has the same form as a request.
                if let tag = message?.lastIndex(of: 0xA0) { message?[tag] = 0xA2 }
                return message
            }
        case .reply:
            return texts(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n0\r\n\r\n",
                "HTTP/1.0 302 Found\r\n\r\n"
            )
        case .page:
            return texts(
                "<script>var sockstates = [1,1,1,1];</script><h2 class=\"ener\">x</h2><a>Log Out</a>",
                "<p>1,1,1,1</p> Log Out",
                "<input type='password' name='pw'>",
                "there is an active session with this device"
            )
        case .native: return texts("0123456789abpassword")
        case .query:
            return texts(
                "hostname=p1&port=04&delay=5",
                "limit=5&since=2026-03-01T12:00:00Z&status=done,failed&before=9&by=x"
            )
        case .json: return texts(#"{"StatusSTS":{"POWER1":"ON","n":[1,2.5e3,null,true,"\u00e9"]}}"#, "<b>ON</b>")
        }
    }
}

/// The one that this process feeds; libFuzzer's callback carries nothing along.
nonisolated(unsafe) var subject = Subject.payload

/// What libFuzzer calls for each input.
@_cdecl("LLVMFuzzerTestOneInput")
func feed(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    subject.take(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

var words = CommandLine.arguments
guard words.count >= 2, let named = Subject(rawValue: words[1]) else {
    print(Subject.allCases.map(\.rawValue).joined(separator: "\n"))
    exit(64)
}
subject = named
words.remove(at: 1)
if words.count == 3, words[1] == "seeds" {
    for (number, seed) in named.seeds.enumerated() {
        try Data(seed).write(to: URL(fileURLWithPath: "\(words[2])/seed-\(number)"))
    }
    exit(0)
}
var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
var count = Int32(words.count)
arguments.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    exit(LLVMFuzzerRunDriver(&count, &start, feed))
}
