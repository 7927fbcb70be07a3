internal import Power
internal import SNMPClient

/// Which objects a read asks for, and what their answers mean. It does no input or output of its own.
struct ReadPlan {
    /// A measurement with its objects.
    struct Item {
        let quantity: Quantity
        /// The outlet it belongs to; nothing for the device as a whole.
        let outlet: OutletNumber?
        let measurement: Measurement
        /// The object, or the rows that become one value.
        let objects: [OID]
        let scale: OID?
    }

    let model: PDUModel
    let memory: DeviceMemory
    let device: IndexBindings
    let outlets: [(number: OutletNumber, bindings: IndexBindings)]

    /// When the device was started; the same object in every device (SNMPv2-MIB, RFC 3418).
    static let upTime: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]

    init(model: PDUModel, memory: DeviceMemory, device: IndexBindings, table: OutletTable, only: Set<OutletNumber>?) {
        self.model = model
        self.memory = memory
        self.device = device
        outlets = table.numbers.compactMap { number in
            if let only, !only.contains(number) { return nil }
            return table[number].map { (number, $0) }
        }
    }

    /// The state objects of outlets, each once.
    func stateObjects(without skipped: Set<OutletNumber> = []) -> [OID] {
        var seen: Set<OID> = []
        return outlets.filter { !skipped.contains($0.number) }
            .flatMap { [state($0.bindings), flag($0.bindings)] }
            .compactMap { $0 }
            .filter { seen.insert($0).inserted }
    }

    /// The measurements that the device may have.
    func items() -> [Item] {
        var items: [Item] = []
        for outlet in outlets {
            items += self.items(model.outletMeasurements, outlet.bindings, outlet.number)
        }
        return items + self.items(model.deviceMeasurements, device, nil)
    }

    /// The objects of measurements, each once, with the scales that are not known yet.
    func objects(_ items: [Item]) -> [OID] {
        var seen: Set<OID> = []
        return items.flatMap { item in item.objects + [item.scale].compactMap { $0 } }
            .filter { memory.factors[$0] == nil && seen.insert($0).inserted }
    }

    /// What the answers say of the outlets' states.
    func states(_ answers: ObjectReader.Answers) -> [OutletNumber: OutletReading] {
        var states: [OutletNumber: OutletReading] = [:]
        for outlet in outlets {
            guard let oid = state(outlet.bindings), let whole = answers.values[oid],
                let value = Self.element(whole, model.state.packed, outlet.number),
                let reading = model.state.reading(value)
            else { continue }
            states[outlet.number] = isPending(outlet.bindings, answers) ? .pending : reading
        }
        return states
    }

    /// A reading of what the answers say, states left out.
    func measurements(_ items: [Item], _ answers: ObjectReader.Answers) -> DeviceReading {
        var reading = DeviceReading()
        for item in items {
            guard let value = value(item, answers) else { continue }
            let span = item.quantity == .energy ? span(item, answers) : nil
            // Of several objects for one quantity the first that has a value counts.
            if let outlet = item.outlet {
                guard reading.outletMeasurements[outlet]?[item.quantity] == nil else { continue }
                reading.outletMeasurements[outlet, default: [:]][item.quantity] = value
                reading.outletEnergySpans[outlet] = span
            } else if reading.measurements[item.quantity] == nil {
                reading.measurements[item.quantity] = value
                if let span { reading.energySpan = span }
            }
        }
        return reading
    }

    /// The scales among the answers that stay as they are.
    func constantFactors(_ items: [Item], _ answers: ObjectReader.Answers) -> [OID: Double] {
        var factors: [OID: Double] = [:]
        if memory.factors.isEmpty { factors.reserveCapacity(items.count) }
        for item in items {
            // Known ones are not asked for again.
            guard case .dynamic(let scale) = item.measurement.scale, scale.constant, let oid = item.scale,
                memory.factors[oid] == nil,
                let factor = answers.values[oid]?.integer.flatMap({ scale.factor($0) })
            else { continue }
            factors[oid] = factor
        }
        return factors
    }

    func state(_ bindings: IndexBindings) -> OID? { model.state.object.oid(bindings) }

    private func flag(_ bindings: IndexBindings) -> OID? { model.state.pendingFlag?.object.oid(bindings) }

    private func isPending(_ bindings: IndexBindings, _ answers: ObjectReader.Answers) -> Bool {
        guard let flag = model.state.pendingFlag, let oid = flag.object.oid(bindings), let value = answers.values[oid]
        else { return false }
        return flag.values.contains { $0.matches(value) }
    }

    static func element(_ value: DeviceValue, _ packed: PackedList?, _ outlet: OutletNumber?) -> DeviceValue? {
        guard let packed else { return value }
        guard let text = value.text else { return nil }
        return packed.element(text, outlet: outlet?.rawValue ?? 1).map { DeviceValue(text: $0) }
    }

    private func items(
        _ measurements: [Quantity: [Measurement]],
        _ bindings: IndexBindings,
        _ outlet: OutletNumber?
    ) -> [Item] {
        var items: [Item] = []
        for quantity in Quantity.allCases {
            for measurement in measurements[quantity] ?? [] {
                guard let oid = measurement.object.oid(bindings), !memory.absent.contains(oid) else { continue }
                var scale: OID?
                if case .dynamic(let dynamic) = measurement.scale {
                    guard let found = dynamic.object.oid(bindings), !memory.absent.contains(found) else { continue }
                    scale = found
                }
                let objects = measurement.rows == nil ? [oid] : memory.columns[oid] ?? []
                guard !objects.isEmpty else { continue }
                items.append(
                    Item(quantity: quantity, outlet: outlet, measurement: measurement, objects: objects, scale: scale)
                )
            }
        }
        return items
    }

    private func value(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        var present: [Double] = []
        for oid in item.objects {
            guard let whole = answers.values[oid],
                let raw = Self.element(whole, item.measurement.packed, item.outlet)?.number
            else { return nil }
            if !item.measurement.absent.contains(raw) { present.append(raw) }
        }
        if item.measurement.rows == .only, item.objects.count != 1 { return nil }
        guard !present.isEmpty, let factor = factor(item, answers) else { return nil }
        let value = MeasurementScale.scaled(present.reduce(0, +), by: factor)
        return value.isFinite ? value : nil
    }

    /// How far a counter counts before it runs over, where the device says by its type that it does so within years.
    private func span(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        guard let oid = item.objects.first, case .counter32 = answers.values[oid]?.raw,
            let factor = factor(item, answers)
        else { return nil }
        let span = MeasurementScale.scaled(4_294_967_296, by: factor)
        return span.isFinite && span > 0 ? span : nil
    }

    private func factor(_ item: Item, _ answers: ObjectReader.Answers) -> Double? {
        switch item.measurement.scale {
        case .fixed(let factor): return factor
        case .dynamic(let dynamic):
            guard let oid = item.scale else { return nil }
            return memory.factors[oid] ?? answers.values[oid]?.integer.flatMap { dynamic.factor($0) }
        }
    }
}
