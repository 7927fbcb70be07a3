/// A name and a value that a publisher attached to a message; only with MQTT 5. Names may repeat.
public struct UserProperty: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// A property.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
