import Agent
import Foundation
import Hummingbird
import Power

/// What was: who did what, and what was drawn.
extension WebAPI {
    /// What happened to one PDU or outlet.
    func log(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (snapshot, outlet) = try await place(context)
        let seesAll = reach(context).sees(wholePDU: snapshot.rules.pdu.rawValue)
        return await log(request) { query in
            query.select(snapshot.rules.pdu, outlet)
            if !seesAll {
                query.filter.outlets = (outlet.map { [$0] } ?? Array(snapshot.states.keys)).map(\.description)
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
        return await log(request) { _ in }
    }

    private func log(_ request: Request, _ select: (inout LogQuery) -> Void) async -> Response {
        var query: LogQuery
        do throws(LogQuery.Problem) {
            query = try LogQuery(request.uri.queryParameters.map { (key: $0.key, value: $0.value) })
        } catch {
            return .text(error.message, status: .badRequest)
        }
        guard let audit = fleet.audit else {
            return .text("this agent keeps no audit trail", status: .serviceUnavailable)
        }
        select(&query)
        do throws(AuditReader.Problem) {
            return .json(LogView(try await audit.entries(query.filter, limit: query.limit)))
        } catch {
            return .text(error.description, status: .serviceUnavailable)
        }
    }

    func history(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (snapshot, outlet) = try await place(context)
        guard outlet != nil || reach(context).sees(wholePDU: snapshot.rules.pdu.rawValue) else {
            note(context, "\(snapshot.rules.pdu) as a whole is outside of the user's scope")
            return .text("what the PDU as a whole draws is outside of your scope", status: .forbidden)
        }
        let query: HistoryQuery?
        do throws(HistoryQuery.Problem) {
            query = try HistoryQuery(request.uri.queryParameters.map { (key: $0.key, value: $0.value) }, now: Date())
        } catch {
            return .text(error.message, status: .badRequest)
        }
        if let query {
            guard let history = fleet.history else {
                return .text("this agent keeps no history on its disk", status: .serviceUnavailable)
            }
            let key = HistoryStore.Key(pdu: snapshot.rules.pdu, outlet: outlet, quantity: query.quantity)
            guard let found = await history.buckets(of: key, query) else {
                return .text("the history cannot be read now; the log says why", status: .serviceUnavailable)
            }
            return .json(HistoryView(snapshot.rules, outlet, query, found, isKeeping: history.isKeeping))
        }
        let curve = watch.curve(of: snapshot.rules.pdu, outlet)
        return .json(HistoryView(snapshot.rules, outlet, watch.limits, curve, now: Date()))
    }

    /// The PDU that a path names, and the outlet where it names one.
    private func place(_ context: WebRequestContext) async throws -> (LaneSnapshot, OutletNumber?) {
        let whole = try await lane(context).snapshot
        guard let snapshot = whole.seen(by: reach(context)) else { throw HTTPError(.notFound) }
        guard let text = context.names["outlet"] else { return (snapshot, nil) }
        guard let outlet = OutletNumber(topicLevel: text), snapshot.states[outlet] != nil else {
            if let outlet = OutletNumber(topicLevel: text), whole.states[outlet] != nil {
                note(context, "\(snapshot.rules.pdu)/\(outlet) is outside of the user's scope")
            }
            throw HTTPError(.notFound, message: "there is no such outlet")
        }
        return (snapshot, outlet)
    }
}
