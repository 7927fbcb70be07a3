internal import Logging
internal import Power
internal import SNMPClient
internal import Synchronization

extension SNMPDriverSession {
    /// One poll, and whether the device has started anew since the last read.
    nonisolated(nonsending) func readEverything() async throws(DriverError) -> (reading: DeviceReading, isStale: Bool) {
        let (device, table) = try await survey()
        try await learnColumns(device, table)
        let known = memory.withLock { $0 }
        let listed = settings.outlets
        let plan = ReadPlan(
            model: model,
            memory: known,
            device: device,
            table: table,
            only: listed.isEmpty ? nil : listed
        )
        let items = plan.items()
        // In version 1 every object that is not there costs a request, so silent outlets are asked for in turn.
        let skipped = access.failsAsAWhole ? Set(known.silent.dropFirst()) : []
        let answers: ObjectReader.Answers
        do {
            answers = try await self.answers(
                [ReadPlan.upTime] + plan.stateObjects(without: skipped) + plan.objects(items)
            )
        } catch {
            if error.code == .timeout { memory.withLock { $0.noteSilence() } }
            throw error
        }
        let isStale = hasRestarted(answers)
        let measured = plan.measurements(items, answers)
        let states = plan.states(answers)
        if !isStale {
            learn(plan, items, answers, states)
        }
        return (
            DeviceReading(
                outlets: states,
                outletMeasurements: measured.outlets,
                measurements: measured.device,
                warnings: table.warnings
            ),
            isStale
        )
    }

    /// Notes what need not be asked again.
    private func learn(
        _ plan: ReadPlan,
        _ items: [ReadPlan.Item],
        _ answers: ObjectReader.Answers,
        _ states: [OutletNumber: OutletReading]
    ) {
        memory.withLock { memory in
            memory.factors.merge(plan.constantFactors(items, answers)) { $1 }
            let measurementObjects = Set(plan.objects(items))
            memory.absent.formUnion(answers.missing.intersection(measurementObjects))
            if access.failsAsAWhole {
                let silent = plan.outlets.map(\.number).filter { states[$0] == nil }
                // The one that was asked for goes to the end.
                let asked = memory.silent.first
                memory.silent = silent.filter { $0 != asked } + silent.filter { $0 == asked }
            }
            memory.notePoll()
        }
    }

    /// The states of some outlets, and whether the device has started anew since the last read.
    nonisolated(nonsending) func readStates(
        _ outlets: Set<OutletNumber>
    ) async throws(DriverError) -> (reading: DeviceReading, isStale: Bool) {
        let (device, table) = try await survey()
        let known = memory.withLock { $0 }
        let plan = ReadPlan(model: model, memory: known, device: device, table: table, only: outlets)
        let answers = try await answers([ReadPlan.upTime] + plan.stateObjects())
        return (DeviceReading(outlets: plan.states(answers), warnings: table.warnings), hasRestarted(answers))
    }

    /// Finds the rows of columns that become one value, and in version 1 the columns that the device does not have.
    private nonisolated(nonsending) func learnColumns(
        _ device: IndexBindings,
        _ table: OutletTable
    ) async throws(DriverError) {
        guard memory.withLock({ !$0.knowsColumns }) else { return }
        let survey = DeviceSurvey(
            model: model,
            given: settings.index,
            listed: settings.outlets,
            access: access,
            limits: limits
        )
        do throws(SurveyFailure) {
            let columns = try await survey.columns(device)
            let absent = access.failsAsAWhole ? try await survey.absentMeasurements(table) : []
            memory.withLock { memory in
                memory.columns = columns
                memory.absent.formUnion(absent)
                memory.knowsColumns = true
            }
        } catch {
            throw translation.surveying(error)
        }
    }
}
