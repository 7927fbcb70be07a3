import Agent
import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Reads the audit trail of an agent on another machine, by its HTTP interface.
struct AuditRemote {
    /// Why there is nothing to show.
    struct Problem: Error {
        let code: ExitCode
        let message: String
    }

    private struct Log: Decodable {
        var entries: [AuditLine]
    }

    /// An answer is far shorter; what an agent sends may not fill the memory.
    private static let longestAnswer = 16 << 20

    let url: String
    let token: String?
    /// The authorities to trust; nothing for the system's.
    let caFile: String?

    /// The newest entries, oldest first, each with its JSON.
    func entries(_ filter: AuditFilter, limit: Int) async throws(Problem) -> [(line: AuditLine, text: String)] {
        var configuration = HTTPClient.Configuration()
        if let caFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(caFile))
            } catch {
                throw Problem(code: .refused, message: "\(caFile) holds no certificates in PEM that can be read")
            }
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let result: Result<[(line: AuditLine, text: String)], Problem>
        do throws(Problem) {
            result = .success(try await entries(filter, limit: limit, client))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    private func entries(
        _ filter: AuditFilter,
        limit: Int,
        _ client: HTTPClient
    ) async throws(Problem) -> [(line: AuditLine, text: String)] {
        let outlet = filter.outlet.map { "/outlets/\($0)" } ?? ""
        let path = filter.pdu.map { "pdus/\($0)\(outlet)/log" } ?? "log"
        var query = ["limit=\(min(limit, 500))"]
        if let since = filter.since { query.append("since=\(RFC3339.text(since))") }
        if let until = filter.until { query.append("until=\(RFC3339.text(until))") }
        if !filter.statuses.isEmpty { query.append("status=\(filter.statuses.joined(separator: ","))") }
        var found: [(line: AuditLine, text: String)] = []
        let data = try await get("\(path)?\(query.joined(separator: "&"))", client)
        guard let log = try? JSONDecoder().decode(Log.self, from: data),
            let raw = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any],
            let objects = raw["entries"] as? [Any], objects.count == log.entries.count
        else { throw foreign }
        for (line, object) in zip(log.entries, objects) where filter.by == nil || line.by == filter.by {
            if let user = filter.user, line.user != user { continue }
            let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
            let text = (try? JSONSerialization.data(withJSONObject: object, options: options)) ?? Data()
            found.append((line, String(decoding: text, as: UTF8.self)))
        }
        return Array(found.sorted { ($0.line.number ?? 0) < ($1.line.number ?? 0) }.suffix(limit))
    }

    private var foreign: Problem { Problem(code: .nobody, message: "\(url) does not answer as an agent does") }

    private func get(_ path: String, _ client: HTTPClient) async throws(Problem) -> Data {
        let base = url.hasSuffix("/") ? String(url.dropLast()) : url
        var request = HTTPClientRequest(url: "\(base)/api/v1/\(path)")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        do {
            let response = try await client.execute(request, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: Self.longestAnswer)
            let text = String(decoding: body.readableBytesView, as: UTF8.self)
            switch response.status.code {
            case 200: return Data(body.readableBytesView)
            case 401, 403: throw Problem(code: .refused, message: "\(url) wants other credentials; give --token-file")
            case 404: throw Problem(code: .refused, message: "\(url) does not know that: \(Printable.text(text))")
            default:
                let words = Printable.text(String(text.prefix(200)))
                throw Problem(code: .nobody, message: "\(url) answers \(response.status.code): \(words)")
            }
        } catch let problem as Problem {
            throw problem
        } catch let error where error is NIOSSLError || error is NIOSSLExtraError {
            let message = "the certificate of \(url) is not accepted: \(error); give --ca-file with its authority"
            throw Problem(code: .nobody, message: message)
        } catch {
            throw Problem(code: .nobody, message: "\(url) cannot be asked: \(error)")
        }
    }
}
