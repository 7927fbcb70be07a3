extension Quantity: CodingKey {}

extension MeasuredValues: Codable {
    /// Reads an object with the names of quantities as keys; other keys are left out.
    ///
    /// - Throws: `DecodingError` where a quantity's value is no number.
    public init(from decoder: any Decoder) throws {
        self.init()
        let object = try decoder.container(keyedBy: Quantity.self)
        for quantity in object.allKeys { self[quantity] = try object.decode(Double.self, forKey: quantity) }
    }

    /// Writes an object with the names of quantities as keys; what is not finite is left out, as JSON cannot say it.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Quantity.self)
        for (quantity, value) in self where value.isFinite { try object.encode(value, forKey: quantity) }
    }
}
