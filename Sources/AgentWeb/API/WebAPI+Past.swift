import Agent
import Foundation
import Hummingbird
import Power

/// What was: who did what, and what was drawn.
extension WebAPI {
    /// What happened to one PDU or outlet.
    func log(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (snapshot, outlet) = try await place(context)
        return await log(request) { $0.select(snapshot.rules.pdu, outlet) }
    }

    /// What happened anywhere.
    func siteLog(_ request: Request) async -> Response { await log(request) { _ in } }

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
        let snapshot = try await lane(context).snapshot
        guard let text = context.names["outlet"] else { return (snapshot, nil) }
        guard let outlet = OutletNumber(topicLevel: text), snapshot.states[outlet] != nil else {
            throw HTTPError(.notFound, message: "there is no such outlet")
        }
        return (snapshot, outlet)
    }
}
