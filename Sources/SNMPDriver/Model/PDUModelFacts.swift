import Power

/// The contents of a `PDUModel`, where they are documented.
struct PDUModelFacts: Sendable, Hashable {
    let id: String
    let vendor: String
    let models: String
    let maturity: Maturity
    let doubts: [String]
    let notes: [String]
    let mib: String?
    let sources: [String]
    let settleWindow: Duration
    let settleInterval: Duration
    let detection: DetectionRule
    let index: [String: IndexPart]
    let outlets: OutletSource
    let control: OutletControl
    let state: StateMap
    let names: TextObject?
    let device: PDUModel.DeviceObjects
    let outletMeasurements: [Quantity: [Measurement]]
    let deviceMeasurements: [Quantity: [Measurement]]
    let limits: RequestLimits
}
