/// How the outlets of a device are found and numbered.
enum OutletSource: Sendable, Hashable {
    /// An object holds their number; they are numbered from 1.
    case count(OIDTemplate)
    /// The rows of a table.
    case rows(OutletRows)
    /// The elements of a packed text, numbered from 1.
    case elements(of: OIDTemplate, list: PackedList)
    /// The outlets that the look-up of this index part finds.
    case lookedUp(part: String)
    /// The device does not tell; the configuration has to.
    case configured
}
