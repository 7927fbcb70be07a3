/// What may stand behind a key, as data: the documentation and the schema for editors are made from it.
indirect enum ValueKind: Sendable {
    /// Text; the word says which kind of text, as `host`.
    case text(String)
    case boolean
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case duration(ClosedRange<Duration>, days: Bool)
    case size(ClosedRange<Int>)
    case choice([String])
    /// Text, in place of which there may be a key with `_file` behind its name.
    case secret(isRequired: Bool, minimumLength: Int)
    case secretFile
    /// Text, a number, or true or false: a word of an answer.
    case word
    /// A number or text, as SNMP has them.
    case snmpValue
    /// One value or a list of them.
    case oneOrMore(ValueKind)
    case list(ValueKind)
    case section(KeyTable)
    /// Names of the site's own, each with a value.
    case map(keys: String, pattern: String, ValueKind)
    /// Keys for all, and further keys by the word behind `key`.
    case variants(common: KeyTable, key: String, [(word: String, table: KeyTable)])
}
