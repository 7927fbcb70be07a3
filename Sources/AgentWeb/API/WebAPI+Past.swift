import Agent
import Foundation
import Hummingbird
import Power

/// What was: who did what, and what was drawn.
extension WebAPI {
    /// What happened to one PDU or outlet.
    func log(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (pdu, outlet) = try await place(context)
        let seesAll = reach(context).sees(wholePDU: pdu.name)
        return await log(of: pdu.name, request) { query in
            query.select(pdu.name, outlet)
            if !seesAll {
                query.filter.outlets = (outlet.map { [$0.rawValue] } ?? pdu.outlets.map(\.outlet)).map(\.description)
            }
        }
    }

    /// What happened anywhere, for who may see everything.
    func siteLog(_ request: Request, _ context: WebRequestContext) async -> Response {
        guard reach(context).seesEverything else {
            note(context, "the activity of the whole site is outside of the user's scope")
            return .text(
                "what happens at the whole site is outside of your scope; ask for a PDU's log",
                status: .forbidden
            )
        }
        return await log(of: nil, request) { _ in }
    }

    private func log(of pdu: String?, _ request: Request, _ select: (inout LogQuery) -> Void) async -> Response {
        var query: LogQuery
        do throws(LogQuery.Problem) {
            query = try LogQuery(request.uri.queryParameters.map { (key: $0.key, value: $0.value) })
        } catch {
            return .text(error.message, status: .badRequest)
        }
        guard let audit = source.audit(of: pdu) else {
            let whose = pdu.map { " of \($0); the agent that has it keeps one" } ?? ""
            return .text("no audit trail is kept here\(whose)", status: .serviceUnavailable)
        }
        select(&query)
        do throws(AuditReader.Problem) {
            return .json(LogView(try await audit.entries(query.filter, limit: query.limit)))
        } catch {
            return .text(error.description, status: .serviceUnavailable)
        }
    }

    func history(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (pdu, outlet) = try await place(context)
        guard outlet != nil || reach(context).sees(wholePDU: pdu.name) else {
            note(context, "\(pdu.name) as a whole is outside of the user's scope")
            return .text("what the PDU as a whole draws is outside of your scope", status: .forbidden)
        }
        guard let name = PDUName(pdu.name) else { throw HTTPError(.notFound) }
        let query: HistoryQuery?
        do throws(HistoryQuery.Problem) {
            query = try HistoryQuery(request.uri.queryParameters.map { (key: $0.key, value: $0.value) }, now: Date())
        } catch {
            return .text(error.message, status: .badRequest)
        }
        if let query {
            guard let history = source.history(of: pdu.name) else {
                let words = "no history of \(pdu.name) is kept on the disk here; the agent that has it keeps one"
                return .text(words, status: .serviceUnavailable)
            }
            let key = HistoryStore.Key(pdu: name, outlet: outlet, quantity: query.quantity)
            guard let found = await history.buckets(of: key, query) else {
                return .text("the history cannot be read now; the log says why", status: .serviceUnavailable)
            }
            return .json(HistoryView(pdu, outlet, query, found, isKeeping: history.isKeeping))
        }
        let curve = source.watch.curve(of: name, outlet)
        return .json(HistoryView(pdu, outlet, source.watch.limits, curve, now: Date()))
    }

    /// The PDU that a path names, and the outlet where it names one.
    private func place(_ context: WebRequestContext) async throws -> (PDUView, OutletNumber?) {
        let pdu = try await seenPDU(context)
        guard let text = context.names["outlet"] else { return (pdu, nil) }
        guard let outlet = OutletNumber(topicLevel: Substring(text)),
            pdu.outlets.contains(where: { $0.outlet == outlet.rawValue })
        else {
            let all = await source.pdu(pdu.name, source.reach(of: .everything))
            if let all, let outlet = OutletNumber(topicLevel: Substring(text)),
                all.outlets.contains(where: { $0.outlet == outlet.rawValue })
            {
                note(context, "\(pdu.name)/\(outlet) is outside of the user's scope")
            }
            throw HTTPError(.notFound, message: "there is no such outlet")
        }
        return (pdu, outlet)
    }
}
