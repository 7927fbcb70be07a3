import Agent
import Foundation
import Hummingbird
import Power

/// What was: who did what, and what was drawn.
extension WebAPI {
    func log(_ request: Request, _ context: WebRequestContext) async throws -> Response {
        let (snapshot, outlet) = try await place(context)
        var query: LogQuery
        do throws(LogQuery.Problem) {
            query = try LogQuery(request.uri.queryParameters.map { (key: $0.key, value: $0.value) })
        } catch {
            return .text(error.message, status: .badRequest)
        }
        guard let audit = fleet.audit else {
            return .text("this agent keeps no audit trail", status: .serviceUnavailable)
        }
        query.select(snapshot.rules.pdu, outlet)
        let pdu = snapshot.rules.pdu
        if !reach(context).sees(wholePDU: pdu.rawValue) {
            query.filter.outlets = (outlet.map { [$0] } ?? Array(snapshot.states.keys)).map(\.description)
        }
        do throws(AuditReader.Problem) {
            return .json(LogView(try await audit.entries(query.filter, limit: query.limit)))
        } catch {
            return .text(error.description, status: .serviceUnavailable)
        }
    }

    func history(_ context: WebRequestContext) async throws -> Response {
        let (snapshot, outlet) = try await place(context)
        guard outlet != nil || reach(context).sees(wholePDU: snapshot.rules.pdu.rawValue) else {
            note(context, "\(snapshot.rules.pdu) as a whole is outside of the user's scope")
            return .text("what the PDU as a whole draws is outside of your scope", status: .forbidden)
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
