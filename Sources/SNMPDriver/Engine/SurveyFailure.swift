internal import SNMPClient

/// Why a device could not be surveyed.
enum SurveyFailure: Error, Equatable {
    /// A request failed.
    case request(SNMPError)
    /// The device does not have what the model needs.
    case device(String)
    /// The configuration does not say what the model needs.
    case configuration(String)
}
