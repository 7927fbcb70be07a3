// swift-format-ignore-file
// Generated from Models/*.yaml by scripts/embed-models; a test compares them.

/// The model files that are built in.
enum BuiltInModelTexts {
    /// The text of each file, by the id of its model.
    static let byID: [String: String] = [
        "apc-easy-pdu": #"""
            id: apc-easy-pdu
            vendor: APC (Schneider Electric)
            models: Easy Rack PDU (EPDU10xx/11xx/12xx; switched variants)
            maturity: mib
            mib: PowerNet-MIB ePDU
            sources:
              - PowerNet-MIB 4.5.8
              - readings recorded on devices (apc-epdu_epdu1116s)
            notes:
              - State and command have opposite numbers.

            detect:
              sys_object_id: 1.3.6.1.4.1.318.1.3.4.9
              sys_object_id_exact: 1.3.6.1.4.1.0
              probe: 1.3.6.1.4.1.318.1.1.30.5.0

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.318.1.1.30.5.0                             # ePDUOutletTableSize

            control:
              oid: 1.3.6.1.4.1.318.1.1.30.6.2.1.4.(outlet)                  # ePDUOutletControlCommand
              on: 1
              off: 2

            state:
              oid: 1.3.6.1.4.1.318.1.1.30.6.1.1.4.(outlet)                  # ePDUOutletStatusState
              on: 2
              off: 1
              missing: -1

            measurements:
              device:
                current: { oid: 1.3.6.1.4.1.318.1.1.30.4.2.1.5, rows: only, scale: 0.01 }  # ePDUPhaseStatusCurrent
                voltage: { oid: 1.3.6.1.4.1.318.1.1.30.4.2.1.4, rows: only, scale: 0.1 }  # ePDUPhaseStatusVoltage
                power:
                  - { oid: 1.3.6.1.4.1.318.1.1.30.2.1.1.7.(pdu), scale: 1 }  # ePDUDeviceStatusActivePower
                  - { oid: 1.3.6.1.4.1.318.1.1.30.4.2.1.6, rows: sum, scale: 1 }  # ePDUPhaseStatusActivePower
                apparent_power: { oid: 1.3.6.1.4.1.318.1.1.30.2.1.1.9.(pdu), scale: 1 }  # ePDUDeviceStatusApparentPower
                power_factor: { oid: 1.3.6.1.4.1.318.1.1.30.2.1.1.10.(pdu), scale: 0.001 }  # ePDUDeviceStatusPowerFactor
                energy: { oid: 1.3.6.1.4.1.318.1.1.30.2.1.1.11.(pdu), scale: 1 }  # ePDUDeviceStatusEnergy

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "apc-masterswitch-plus": #"""
            id: apc-masterswitch-plus
            vendor: APC (Schneider Electric)
            models: MasterSwitch plus
            maturity: mib
            doubts:
              - fence-agents uses an index of three parts; two versions of the MIB have two.
            mib: PowerNet-MIB MasterSwitch plus
            sources:
              - PowerNet-MIB 4.5.8
            notes:
              - The delayed cycle waits for the attached host; there is no delayed off that stays off.

            detect:
              sys_object_id: 1.3.6.1.4.1.318.1.3.4.4

            index:
              unit: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.318.1.1.6.4.2.1.3.(unit)                   # sPDUMasterStatusMSPOutletCount

            control:
              oid: 1.3.6.1.4.1.318.1.1.6.5.1.1.5.(unit).(outlet)            # sPDUOutletControlMSPOutletCommand
              on: 1
              off: 3
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.318.1.1.6.7.1.1.5.(unit).(outlet)            # sPDUOutletStatusMSPOutletState
              on: 1
              off: 2
              pending_flag: { oid: 1.3.6.1.4.1.318.1.1.6.7.1.1.6.(unit).(outlet), is: 1 }  # sPDUOutletStatusMSPCommandPending

            names: 1.3.6.1.4.1.318.1.1.6.5.1.1.4.(unit).(outlet)            # sPDUOutletControlMSPOutletName

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "apc-masterswitch-vm": #"""
            id: apc-masterswitch-vm
            vendor: APC (Schneider Electric)
            models: MasterSwitch VM
            maturity: mib
            mib: PowerNet-MIB sPDU MasterSwitch VM
            sources:
              - PowerNet-MIB 4.5.8
            notes:
              - Nothing recorded on a device is known of this tree.

            detect:
              sys_object_id: 1.3.6.1.4.1.318.1.3.4.3

            index:
              unit: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.4.1.318.1.1.5.7.1.1.5.(unit)
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.318.1.1.5.5.1.1.5.(unit).(outlet)            # sPDUOutletControlVMOutletCommand
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.318.1.1.5.7.1.1.5.(unit).(outlet)            # sPDUOutletStatusVMOutletState
              on: 1
              off: 2
              pending_flag: { oid: 1.3.6.1.4.1.318.1.1.5.7.1.1.6.(unit).(outlet), is: 1 }  # sPDUOutletStatusVMCommandPending

            names: 1.3.6.1.4.1.318.1.1.5.5.1.1.4.(unit).(outlet)            # sPDUOutletControlVMOutletName

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "apc-masterswitch": #"""
            id: apc-masterswitch
            vendor: APC (Schneider Electric)
            models: MasterSwitch AP9210/9211/9212/9217/9218, first AP79xx (as fallback)
            maturity: mib
            mib: PowerNet-MIB sPDU
            sources:
              - PowerNet-MIB 4.5.8
              - pdudaemon
              - powerman
              - fence-agents
              - OpenStack ironic
              - readings recorded on devices (apc_ap7900b, apc_ap8959eu3, apc_masterswitch2)
            notes:
              - Later APC units answer these objects as well.

            detect:
              sys_object_id: [1.3.6.1.4.1.318.1.3.4.1, 1.3.6.1.4.1.318.1.3.4.2, 1.3.6.1.4.1.318.1.3.4.7]
              sys_object_id_exact: 1.3.6.1.4.1.318
              probe: 1.3.6.1.4.1.318.1.1.4.4.1.0

            outlets:
              count: 1.3.6.1.4.1.318.1.1.4.4.1.0                            # sPDUOutletControlTableSize

            control:
              oid: 1.3.6.1.4.1.318.1.1.4.4.2.1.3.(outlet)                   # sPDUOutletCtl
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.318.1.1.4.4.2.1.3.(outlet)                   # sPDUOutletCtl
              on: 1
              off: 2
              other: { 4: unknown }
              pending_flag: { oid: 1.3.6.1.4.1.318.1.1.4.4.2.1.2.(outlet), is: 1 }  # sPDUOutletPending

            names: 1.3.6.1.4.1.318.1.1.4.4.2.1.4.(outlet)                   # sPDUOutletCtlName

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "apc-rpdu": #"""
            id: apc-rpdu
            vendor: APC (Schneider Electric)
            models: Switched Rack PDU of the first generation, AP79xx and AP86xx
            maturity: mib
            mib: PowerNet-MIB rPDU
            sources:
              - PowerNet-MIB 4.5.8
              - readings recorded on AP7900B, AP8853, AP8959EU3 and APDU9959EU3
            notes:
              - The device goes on answering the old state for 1.5 to 2.5 s after it has accepted a command.
              - Later units (apc-rpdu2) often answer these objects too.

            detect:
              sys_object_id: [1.3.6.1.4.1.318.1.3.4.5, 1.3.6.1.4.1.318.1.3.4.8]

            outlets:
              count: 1.3.6.1.4.1.318.1.1.12.3.1.3.0                       # rPDUOutletDevNumCntrlOutlets

            control:
              oid: 1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.(outlet)              # rPDUOutletControlOutletCommand
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.(outlet)              # rPDUOutletStatusOutletState
              on: 1
              off: 2
              pending_flag: { oid: 1.3.6.1.4.1.318.1.1.12.3.5.1.1.5.(outlet), is: 1 }     # rPDUOutletStatusCommandPending

            names: 1.3.6.1.4.1.318.1.1.12.3.3.1.1.2.(outlet)              # rPDUOutletControlOutletName

            device:
              firmware: 1.3.6.1.4.1.318.1.1.12.1.3.0                      # rPDUIdentFirmwareRev
              model: 1.3.6.1.4.1.318.1.1.12.1.5.0                         # rPDUIdentModelNumber
              serial: 1.3.6.1.4.1.318.1.1.12.1.6.0                        # rPDUIdentSerialNumber

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.318.1.1.12.3.5.1.1.7.(outlet), scale: 0.1 }   # rPDUOutletStatusLoad, metered models
              device:
                current: { oid: 1.3.6.1.4.1.318.1.1.12.2.3.1.1.2, rows: only, scale: 0.1 }  # rPDULoadStatusLoad, phases and banks
                power: { oid: 1.3.6.1.4.1.318.1.1.12.1.16.0, scale: 1 }   # rPDUIdentDevicePowerWatts
                apparent_power: { oid: 1.3.6.1.4.1.318.1.1.12.1.18.0, scale: 1 }          # rPDUIdentDevicePowerVA
                power_factor: { oid: 1.3.6.1.4.1.318.1.1.12.1.17.0, scale: 0.001 }        # rPDUIdentDevicePowerFactor

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "apc-rpdu2": #"""
            id: apc-rpdu2
            vendor: APC (Schneider Electric)
            models: AP8xxx Switched/Metered-by-Outlet, APDU9xxx
            maturity: mib
            doubts:
              - The MIB gives no unit for the power of an outlet; it is taken to be watts.
              - Other programs switch these units by apc-rpdu; this tree was seen on devices only read.
            mib: PowerNet-MIB rPDU2
            sources:
              - PowerNet-MIB 4.5.8
              - readings recorded on devices (apc_ap7900b, apc_ap8853, apc_ap8959eu3, apc_apdu9959eu3)
            notes:
              - "State and command have opposite numbers: 1 is off when read and on when written."
              - In a chain of units (Network Port Sharing) the outlets are numbered through.

            detect:
              sys_object_id: 1.3.6.1.4.1.318.1.3.4.6

            index:
              module: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.318.1.1.26.9.1.0                           # rPDU2OutletSwitchedTableSize

            control:
              oid: 1.3.6.1.4.1.318.1.1.26.9.2.4.1.5.(outlet)                # rPDU2OutletSwitchedControlCommand
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.318.1.1.26.9.2.3.1.5.(outlet)                # rPDU2OutletSwitchedStatusState
              on: 2
              off: 1
              pending_flag: { oid: 1.3.6.1.4.1.318.1.1.26.9.2.3.1.6.(outlet), is: 1 }  # rPDU2OutletSwitchedStatusCommandPending

            names: 1.3.6.1.4.1.318.1.1.26.9.2.1.1.3.(outlet)                # rPDU2OutletSwitchedConfigName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.318.1.1.26.9.4.3.1.6.(outlet), scale: 0.1 }  # rPDU2OutletMeteredStatusCurrent
                power: { oid: 1.3.6.1.4.1.318.1.1.26.9.4.3.1.7.(outlet), scale: 1 }  # rPDU2OutletMeteredStatusPower
                energy: { oid: 1.3.6.1.4.1.318.1.1.26.9.4.3.1.11.(outlet), scale: 100 }  # rPDU2OutletMeteredStatusEnergy
              device:
                current: { oid: 1.3.6.1.4.1.318.1.1.26.6.3.1.5, rows: only, scale: 0.1, absent: -1 }  # rPDU2PhaseStatusCurrent
                voltage: { oid: 1.3.6.1.4.1.318.1.1.26.6.3.1.6, rows: only, scale: 1, absent: -1 }  # rPDU2PhaseStatusVoltage
                power:
                  - { oid: 1.3.6.1.4.1.318.1.1.26.4.3.1.5.(module), scale: 10, absent: -1 }  # rPDU2DeviceStatusPower
                  - { oid: 1.3.6.1.4.1.318.1.1.26.6.3.1.7, rows: sum, scale: 10, absent: -1 }  # rPDU2PhaseStatusPower
                apparent_power: { oid: 1.3.6.1.4.1.318.1.1.26.4.3.1.16.(module), scale: 10, absent: -1 }  # rPDU2DeviceStatusApparentPower
                power_factor: { oid: 1.3.6.1.4.1.318.1.1.26.4.3.1.17.(module), scale: 0.01, absent: -1 }  # rPDU2DeviceStatusPowerFactor
                energy: { oid: 1.3.6.1.4.1.318.1.1.26.4.3.1.9.(module), scale: 100, absent: -1 }  # rPDU2DeviceStatusEnergy

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 40 }
            """#,
        "apnl-modular": #"""
            id: apnl-modular
            vendor: AP Nederland
            models: Modular PDU
            maturity: mib
            mib: APNL-MODULAR-PDU-MIB
            sources:
              - APNL-MODULAR-PDU-MIB of 2013-01-24
            notes:
              - Only nodes of type 5 and 6 are switched; a column has the number of the outlet.

            detect:
              sys_object_id: 1.3.6.1.4.1.29640.4
              probe: 1.3.6.1.4.1.29640.4.3.33.1.13

            outlets:
              rows:
                column: 1.3.6.1.4.1.29640.4.3.33.1.13
                index: [row]
                number: { oid: 1.3.6.1.4.1.29640.4.3.33.1.3.(row) }     # 0 where the node has no outlet
                where: { oid: 1.3.6.1.4.1.29640.4.3.33.1.2.(row), is: [5, 6] }   # nodes with a switch

            control:
              oid: 1.3.6.1.4.1.29640.4.3.33.1.14.(row)                      # nodeSwitchAdminStatus
              on: 2
              off: 1

            state:
              oid: 1.3.6.1.4.1.29640.4.3.33.1.13.(row)                      # nodeSwitchOperStatus
              on: 2
              off: 1
              other: { 0: unknown }

            names: 1.3.6.1.4.1.29640.4.3.33.1.20.(row)                      # nodeName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.29640.4.3.33.1.6.(row), scale: 0.1 }  # nodeAcurrent
                voltage: { oid: 1.3.6.1.4.1.29640.4.3.33.1.8.(row), scale: 1 }  # nodeVoltage
                power_factor: { oid: 1.3.6.1.4.1.29640.4.3.33.1.12.(row), scale: 0.01 }  # nodePowerFactor
                energy: { oid: 1.3.6.1.4.1.29640.4.3.33.1.5.(row), scale: 1000 }  # nodePower
              device:
                energy: { oid: 1.3.6.1.4.1.29640.4.3.5.0, scale: 1000 }     # pduPower

            settle: { window: 5s, interval: 200ms }
            """#,
        "aten-pe": #"""
            id: aten-pe
            vendor: ATEN
            models: PE6108, PE6208, PE8108, PE8208, PE8216, PE8324, PE9330 and others
            maturity: mib
            doubts:
              - ironic takes the outlet's number as the arc; the MIB has a gap.
              - The scale of the energy is not certain, so it is left out.
            mib: ATEN-PE-CFG
            sources:
              - ATEN-PE-CFG of 2013-10-31
              - stb-tester
              - readings recorded on devices (atenpdu)
            notes:
              - Outlets 1 to 8 are at arcs 2 to 9, outlets from 9 at arcs from 11.
              - Switching takes 4 to 8 s.
              - The usual write community is administrator.

            detect:
              sys_object_id_exact: 1.3.6.1.4.1.21317
              probe: 1.3.6.1.4.1.21317.1.3.2.2.2.2.2.0
              priority: -1

            outlets:
              count: 1.3.6.1.4.1.21317.1.3.2.2.2.1.13.0                     # outletnumber

            control:
              oid: 1.3.6.1.4.1.21317.1.3.2.2.2.2.(outlet<=8?outlet+1:outlet+2).0  # outlet1Status
              on: 2
              off: 1
              cycle: 4

            state:
              oid: 1.3.6.1.4.1.21317.1.3.2.2.2.2.(outlet<=8?outlet+1:outlet+2).0  # outlet1Status
              on: 2
              off: 1
              pending: [3, 4]
              other: { 5: fault, 6: not permitted, 8: pop }
              missing: 7

            names: 1.3.6.1.4.1.21317.1.3.2.2.2.2.10.1.2.(outlet)            # outletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.2.99.1.2.(outlet), scale: 0.001, absent: -2000000 }  # outletIntegerCurrent
                voltage: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.2.99.1.3.(outlet), scale: 0.001, absent: -2000000 }  # outletIntegerVoltage
                power: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.2.99.1.4.(outlet), scale: 0.001, absent: -2000000 }  # outletIntegerPower
              device:
                current: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.1.99.1.2.1, scale: 0.001 }  # deviceIntegerCurrent
                voltage: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.1.99.1.3.1, scale: 0.001 }  # deviceIntegerVoltage
                power: { oid: 1.3.6.1.4.1.21317.1.3.2.2.2.1.99.1.4.1, scale: 0.001 }  # deviceIntegerPower

            settle: { window: 12s, interval: 500ms }
            """#,
        "aten-pe2": #"""
            id: aten-pe2
            vendor: ATEN
            models: PE with station (daisy-chain) addressing, newer PE2 MIB
            maturity: mib
            doubts:
              - The sysObjectID is taken over from aten-pe.
            mib: ATEN-PE2-CFG
            sources:
              - ATEN-PE2-CFG of 2018-01-23

            detect:
              sys_object_id_exact: 1.3.6.1.4.1.21317
              probe: 1.3.6.1.4.1.21317.1.3.2.3.2.3.3.1.1

            index:
              station: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.21317.1.3.2.3.1.2.1.7.(station)            # staStatusOutletCount

            control:
              oid: 1.3.6.1.4.1.21317.1.3.2.3.2.3.3.1.1.(station).(outlet)   # outletControlOperation
              on: 2
              off: 1
              cycle: 4

            state:
              oid: 1.3.6.1.4.1.21317.1.3.2.3.2.3.3.1.1.(station).(outlet)   # outletControlOperation
              on: 2
              off: 1
              pending: [3, 4]
              other: { 5: fault, 6: not permitted, 8: pop }
              missing: 7

            names: 1.3.6.1.4.1.21317.1.3.2.3.2.3.2.1.1.(station).(outlet)   # outletConfigName

            settle: { window: 12s, interval: 500ms }
            """#,
        "avocent-acs6000": #"""
            id: avocent-acs6000
            vendor: Avocent / Vertiv
            models: ACS6000 console server with attached PDUs
            maturity: mib
            mib: ACS-MIB
            sources:
              - ACS-MIB of 2010-10-10
            notes:
              - port is the serial port of the console server that the PDU hangs on.

            detect:
              sys_object_id: 1.3.6.1.4.1.10418.16.1
              probe: 1.3.6.1.4.1.10418.16.2.5.5.1.5

            index:
              port: {}
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.10418.16.2.5.3.1.8.(port).(pdu)            # acsPowerMgmtPDUTableNumberOfOutlets

            control:
              oid: 1.3.6.1.4.1.10418.16.2.5.5.1.6.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTablePowerControl
              on: 2
              off: 3
              cycle: 4

            state:
              oid: 1.3.6.1.4.1.10418.16.2.5.5.1.5.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTableStatus
              on: 2
              off: 1

            names: 1.3.6.1.4.1.10418.16.2.5.5.1.4.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTableName

            settle: { window: 5s, interval: 200ms }
            """#,
        "avocent-acs8000": #"""
            id: avocent-acs8000
            vendor: Avocent / Vertiv
            models: ACS800/8000 console server with attached PDUs
            maturity: mib
            mib: ACS8000-MIB
            sources:
              - ACS8000-MIB of 2021-04-19
            notes:
              - port is the serial port of the console server that the PDU hangs on.

            detect:
              sys_object_id: 1.3.6.1.4.1.10418.26.1
              probe: 1.3.6.1.4.1.10418.26.2.5.5.1.5

            index:
              port: {}
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.10418.26.2.5.3.1.8.(port).(pdu)            # acsPowerMgmtPDUTableNumberOfOutlets

            control:
              oid: 1.3.6.1.4.1.10418.26.2.5.5.1.6.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTablePowerControl
              on: 2
              off: 3
              cycle: 4

            state:
              oid: 1.3.6.1.4.1.10418.26.2.5.5.1.5.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTableStatus
              on: 2
              off: 1

            names: 1.3.6.1.4.1.10418.26.2.5.5.1.4.(port).(pdu).(outlet)     # acsPowerMgmtOutletsTableName

            settle: { window: 5s, interval: 200ms }
            """#,
        "avocent-pm": #"""
            id: avocent-pm
            vendor: Avocent / Emerson (Vertiv)
            models: PM1000, PM2000, PM3000
            maturity: mib
            mib: PM-MIB
            sources:
              - PM-MIB of 2010-11-24
              - NUT

            detect:
              sys_object_id: 1.3.6.1.4.1.10418.17.1
              probe: 1.3.6.1.4.1.10418.17.2.5.5.1.5

            index:
              port: { default: 1 }
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.10418.17.2.5.3.1.8.(port).(pdu)            # pmPowerMgmtPDUTableNumberOfOutlets

            control:
              oid: 1.3.6.1.4.1.10418.17.2.5.5.1.6.(port).(pdu).(outlet)     # pmPowerMgmtOutletsTablePowerControl
              on: 2
              off: 3
              cycle: 4

            state:
              oid: 1.3.6.1.4.1.10418.17.2.5.5.1.5.(port).(pdu).(outlet)     # pmPowerMgmtOutletsTableStatus
              on: [2, 4, 10]
              off: [1, 3]
              pending: [5, 6, 7, 8]
              other: { 9: not set, 11: "off, shut down", 12: tripped }

            names: 1.3.6.1.4.1.10418.17.2.5.5.1.4.(port).(pdu).(outlet)     # pmPowerMgmtOutletsTableName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.10418.17.2.5.5.1.50.(port).(pdu).(outlet), scale: 0.1 }  # pmPowerMgmtOutletsTableCurrentValue
                voltage: { oid: 1.3.6.1.4.1.10418.17.2.5.5.1.70.(port).(pdu).(outlet), scale: 1 }  # pmPowerMgmtOutletsTableVoltageValue
                power: { oid: 1.3.6.1.4.1.10418.17.2.5.5.1.60.(port).(pdu).(outlet), scale: 0.1 }  # pmPowerMgmtOutletsTablePowerValue
              device:
                current: { oid: 1.3.6.1.4.1.10418.17.2.5.3.1.50.(port).(pdu), scale: 0.1 }  # pmPowerMgmtPDUTableCurrentValue
                voltage: { oid: 1.3.6.1.4.1.10418.17.2.5.3.1.70.(port).(pdu), scale: 1 }  # pmPowerMgmtPDUTableVoltageValue
                power: { oid: 1.3.6.1.4.1.10418.17.2.5.3.1.60.(port).(pdu), scale: 0.1 }  # pmPowerMgmtPDUTablePowerValue

            settle: { window: 5s, interval: 200ms }
            """#,
        "baytech": #"""
            id: baytech
            vendor: Bay Technical Associates
            models: RPC series with network card (RPC3-NC, RPC18D-NC, DS/MMP)
            maturity: mib
            doubts:
              - The sysObjectID and the scales of the readings come from NUT.
            mib: Bay-Tech-MIB 403-1
            sources:
              - Baytech-MIB-403-1 403-1
              - NUT
              - powerman
              - OpenStack ironic
            notes:
              - The agent is said to lock up when it is asked too much at once.

            detect:
              sys_object_id: 1.3.6.1.4.1.4779
              probe: 1.3.6.1.4.1.4779.1.3.5.3.1.3

            index:
              module: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.4779.1.3.5.2.1.15.(module)                 # sBTAModulesRPCNumberOfOutlets

            control:
              oid: 1.3.6.1.4.1.4779.1.3.5.3.1.3.(module).(outlet)           # sBTAModulesRPCOutletState
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.4779.1.3.5.3.1.3.(module).(outlet)           # sBTAModulesRPCOutletState
              on: [1, 3]
              off: [0, 4]
              pending: 2
              other: { 5: unlock, 6: unknown }

            names: 1.3.6.1.4.1.4779.1.3.5.3.1.4.(module).(outlet)           # sBTAModulesRPCOutletName

            measurements:
              device:
                current: { oid: 1.3.6.1.4.1.4779.1.3.5.5.1.6.(module), rows: only, scale: 0.1 }  # sRPCCurrent
                voltage: { oid: 1.3.6.1.4.1.4779.1.3.5.5.1.8.(module), rows: only, scale: 0.1 }  # sRPCVoltage

            settle: { window: 5s, interval: 200ms }
            limits: { objects: 8 }
            """#,
        "chatsworth-econnect": #"""
            id: chatsworth-econnect
            vendor: Chatsworth Products (CPI)
            models: eConnect switched PDU, firmware with the daisy-chain tables (5.x)
            maturity: mib
            doubts:
              - Seen on a device only read; no other program switches by this table.
            mib: CPI-UNITY-MIB econnect
            sources:
              - CPI-UNITY-MIB of 2019-03-01
              - readings recorded on devices (chatsworth-pdu)
            notes:
              - "The second part of the index is the unit's MAC address as a text. Each unit of a chain is a PDU of its own here:
                index: { mac: \"000ED3AABBCC\" }, as the device writes it, says which."
              - The device counts energy in units of 10 Ws.

            detect:
              sys_object_id: 1.3.6.1.4.1.30932
              sys_object_id_exact: 0.10.43.6.1.4.1
              probe: 1.3.6.1.4.1.30932.1.10.1.4.1.0

            index:
              mac: { length: counted }

            outlets:
              rows:
                column: 1.3.6.1.4.1.30932.1.10.1.4.10.1.11
                index: [outlet, mac]

            control:
              oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.11.(outlet).(mac)        # cpiPduOutletControl
              on: 1
              off: 0
              cycle: { oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.12.(outlet).(mac), value: 1 }

            state:
              oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.11.(outlet).(mac)        # cpiPduOutletControl
              on: 1
              off: 0

            names: 1.3.6.1.4.1.30932.1.10.1.4.10.1.4.(outlet).(mac)         # cpiPduOutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.6.(outlet).(mac), scale: 0.01 }  # cpiPduOutletCurrent
                voltage: { oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.7.(outlet).(mac), scale: 0.1 }  # cpiPduOutletVoltage
                apparent_power: { oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.8.(outlet).(mac), scale: 1 }  # cpiPduOutletPower
                energy: { oid: 1.3.6.1.4.1.30932.1.10.1.4.10.1.10.(outlet).(mac), scale: 0.00277777777778 }  # cpiPduOutletEnergy

            settle: { window: 5s, interval: 200ms }
            limits: { objects: 28 }
            """#,
        "chatsworth-legacy": #"""
            id: chatsworth-legacy
            vendor: Chatsworth Products (CPI)
            models: eConnect, first scalar tree (still answered in part by newer units)
            maturity: mib
            doubts:
              - The 0 at the end follows from the MIB and was not seen on a device.
            mib: CPI-UNITY-MIB cpiPDU
            sources:
              - CPI-UNITY-MIB of 2019-03-01

            detect:
              sys_object_id: 1.3.6.1.4.1.30932
              sys_object_id_exact: 0.10.43.6.1.4.1
              probe: 1.3.6.1.4.1.30932.1.1.3.7
              priority: -1

            outlets:
              rows:
                column: 1.3.6.1.4.1.30932.1.1.3.7
                index: [outlet, 0]

            control:
              oid: 1.3.6.1.4.1.30932.1.1.2.16.(outlet).0                    # outlet1Ctrl
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.30932.1.1.3.7.(outlet).0                     # outlet1State
              on: 1
              off: 0

            names: 1.3.6.1.4.1.30932.1.1.2.42.(outlet).0                    # outlet1Name

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.30932.1.1.3.5.(outlet).0, scale: 0.01 }  # outlet1Current

            settle: { window: 5s, interval: 200ms }
            """#,
        "conteg": #"""
            id: conteg
            vendor: Conteg (made by Schleifenbauer)
            models: IP-DPM, IP-BSS and others (databus)
            maturity: mib
            mib: CONTEG-DATABUS-MIB
            sources:
              - CONTEG-DATABUS-MIB
              - readings recorded on devices (conteg-pdu)
            notes:
              - Made by Schleifenbauer.
              - Every command needs an unlock that holds for 10 s.
              - Relays keep a distance in time that is set on the device.
              - device is the address on the databus; it has to be set when there is more than one.

            detect:
              sys_object_id: 1.3.6.1.4.1.28402.11.1

            outlets:
              rows:
                column: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.2
                index: [device, outlet]

            control:
              oid: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.2.(device).(outlet)     # sdbDevOutSwCurrentState
              on: 1
              off: 0
              cycle: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.6.(device).(outlet), value: 1 }
              before: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.4.(device).(outlet), value: 1, expires: true }    # unlocks for 10 s

            state:
              oid: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.2.(device).(outlet)     # sdbDevOutSwCurrentState
              on: 1
              off: 0
              pending_flag: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.3.1.3.(device).(outlet), is: 1 }  # sdbDevOutSwScheduled

            names: 1.3.6.1.4.1.28402.12.1.1.2.7.1.1.2.(device).(outlet)     # sdbDevOutName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.5.(device).(outlet), scale: 0.01 }  # sdbDevOutMtActualCurrent
                voltage: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.7.(device).(outlet), scale: 0.01 }  # sdbDevOutMtActualVoltage
                power: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.11.(device).(outlet), scale: 1 }  # sdbDevOutMtPowerWatt
                apparent_power: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.10.(device).(outlet), scale: 1 }  # sdbDevOutMtPowerVoltAmpere
                power_factor: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.4.(device).(outlet), scale: 0.0001 }  # sdbDevOutMtPowerFactor
                energy: { oid: 1.3.6.1.4.1.28402.12.1.1.2.7.2.1.2.(device).(outlet), scale: 1000 }  # sdbDevOutMtKWhTotal
              device:
                current: { oid: 1.3.6.1.4.1.28402.12.1.1.2.6.1.1.5, rows: only, scale: 0.01 }  # sdbDevInActualCurrent
                voltage: { oid: 1.3.6.1.4.1.28402.12.1.1.2.6.1.1.7, rows: only, scale: 0.01 }  # sdbDevInActualVoltage

            settle: { window: 20s, interval: 500ms }
            """#,
        "cyberpower-epdu": #"""
            id: cyberpower-epdu
            vendor: CyberPower
            models: "Switched PDU: PDU15SW8FNET, PDU20SWHVIEC8FNET, PDU41xxx and others (first card generation)"
            maturity: mib
            mib: CPS-MIB ePDU
            sources:
              - CPS-MIB 2.13
              - pdudaemon
              - OpenStack ironic
              - readings recorded on devices (cyberpower, cyberpower_pdu81005)

            detect:
              sys_object_id: 1.3.6.1.4.1.3808.1.1.3

            outlets:
              count: 1.3.6.1.4.1.3808.1.1.3.3.1.3.0                         # ePDUOutletDevNumCntrlOutlets

            control:
              oid: 1.3.6.1.4.1.3808.1.1.3.3.3.1.1.4.(outlet)                # ePDUOutletControlOutletCommand
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.4.(outlet)                # ePDUOutletStatusOutletState
              on: 1
              off: 2
              pending_flag: { oid: 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.5.(outlet), is: 1 }  # ePDUOutletStatusCommandPending

            names: 1.3.6.1.4.1.3808.1.1.3.3.3.1.1.2.(outlet)                # ePDUOutletControlOutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.7.(outlet), scale: 0.1 }  # ePDUOutletStatusLoad
                power: { oid: 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.8.(outlet), scale: 1 }  # ePDUOutletStatusActivePower
                energy: { oid: 1.3.6.1.4.1.3808.1.1.3.3.5.1.1.13.(outlet), scale: 100 }  # ePDUOutletStatusEnergy
              device:
                current: { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.2, rows: only, scale: 0.1 }  # ePDULoadStatusLoad
                voltage:
                  - { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.6, rows: only, scale: 0.1 }  # ePDULoadStatusVoltage
                  - { oid: 1.3.6.1.4.1.3808.1.1.3.5.7.0, scale: 0.1 }       # ePDUStatusInputVoltage
                power: { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.7, rows: only, scale: 1 }  # ePDULoadStatusActivePower
                apparent_power: { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.8, rows: only, scale: 1 }  # ePDULoadStatusApparentPower
                power_factor: { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.9, rows: only, scale: 0.01 }  # ePDULoadStatusPowerFactor
                energy: { oid: 1.3.6.1.4.1.3808.1.1.3.2.3.1.1.10, rows: only, scale: 100 }  # ePDULoadStatusEnergy

            settle: { window: 5s, interval: 200ms }
            """#,
        "cyberpower-epdu2": #"""
            id: cyberpower-epdu2
            vendor: CyberPower
            models: PDU81xxx, PDU83xxx, PDU31/33/44xxx (newer card, daisy chain)
            maturity: mib
            mib: CPS-MIB ePDU2
            sources:
              - CPS-MIB 2.13
              - readings recorded on devices (cyberpower_pdu81005)
            notes:
              - In a chain of units the outlets are numbered through.

            detect:
              sys_object_id: 1.3.6.1.4.1.3808.1.1.6

            index:
              module: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.3808.1.1.6.6.1.1.0                         # ePDU2OutletSwitchedTableSize

            control:
              oid: 1.3.6.1.4.1.3808.1.1.6.6.1.5.1.5.(outlet)                # ePDU2OutletSwitchedControlCommand
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.3808.1.1.6.6.1.4.1.5.(outlet)                # ePDU2OutletSwitchedStatusState
              on: 1
              off: 2
              pending_flag: { oid: 1.3.6.1.4.1.3808.1.1.6.6.1.4.1.6.(outlet), is: 1 }  # ePDU2OutletSwitchedStatusCommandPending

            names: 1.3.6.1.4.1.3808.1.1.6.6.1.2.1.4.(outlet)                # ePDU2OutletSwitchedConfigName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.3808.1.1.6.6.2.4.1.6.(outlet), scale: 0.1 }  # ePDU2OutletMeteredStatusLoad
                power: { oid: 1.3.6.1.4.1.3808.1.1.6.6.2.4.1.7.(outlet), scale: 1 }  # ePDU2OutletMeteredStatusActivePower
                energy: { oid: 1.3.6.1.4.1.3808.1.1.6.6.2.4.1.11.(outlet), scale: 100 }  # ePDU2OutletMeteredStatusEnergy
              device:
                current:
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.3.4.1.5.(module), scale: 0.1 }  # ePDU2DeviceStatusCurrentLoad
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.4.4.1.5, rows: only, scale: 0.1 }  # ePDU2PhaseStatusLoad
                voltage: { oid: 1.3.6.1.4.1.3808.1.1.6.4.4.1.6, rows: only, scale: 0.1 }  # ePDU2PhaseStatusVoltage
                power:
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.3.4.1.18.(module), scale: 1 }  # ePDU2DeviceStatusPowerLoad
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.4.4.1.7, rows: sum, scale: 1 }  # ePDU2PhaseStatusPower
                apparent_power:
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.3.4.1.15.(module), scale: 1 }  # ePDU2DeviceStatusApparentPower
                  - { oid: 1.3.6.1.4.1.3808.1.1.6.4.4.1.8, rows: sum, scale: 1 }  # ePDU2PhaseStatusApparentPower
                power_factor: { oid: 1.3.6.1.4.1.3808.1.1.6.3.4.1.16.(module), scale: 0.01 }  # ePDU2DeviceStatusPowerFactor
                energy: { oid: 1.3.6.1.4.1.3808.1.1.6.3.4.1.9.(module), scale: 100 }  # ePDU2DeviceStatusEnergy

            settle: { window: 5s, interval: 200ms }
            """#,
        "cyclades-acs": #"""
            id: cyclades-acs
            vendor: Cyclades (Avocent)
            models: AlterPath ACS console server with AlterPath PM units
            maturity: mib
            mib: CYCLADES-ACS-PM-MIB
            sources:
              - CYCLADES-ACS-PM-MIB of 2005-08-29
            notes:
              - port is the serial port that the PDUs hang on; outlets are numbered through its chain.
              - A locked outlet refuses commands.

            detect:
              sys_object_id: 1.3.6.1.4.1.2925.4
              probe: 1.3.6.1.4.1.2925.4.5.4.1.4

            index:
              port: {}

            outlets:
              count: 1.3.6.1.4.1.2925.4.5.2.1.2.(port)                      # cyPMNumberOutlets

            control:
              oid: 1.3.6.1.4.1.2925.4.5.4.1.4.(port).(outlet)               # cyOutletPower
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.2925.4.5.4.1.4.(port).(outlet)               # cyOutletPower
              on: 1
              off: 0
              pending: 2
              other: { 3: unknown }

            names: 1.3.6.1.4.1.2925.4.5.4.1.2.(port).(outlet)               # cyOutletName

            settle: { window: 5s, interval: 200ms }
            """#,
        "cyclades-acs5000": #"""
            id: cyclades-acs5000
            vendor: Cyclades (Avocent)
            models: AlterPath ACS5000 console server with AlterPath PM units
            maturity: mib
            mib: CYCLADES-ACS5K-PM-MIB
            sources:
              - CYCLADES-ACS5K-PM-MIB of 2010-07-26
            notes:
              - port is the serial port that the PDUs hang on; outlets are numbered through its chain.
              - A locked outlet refuses commands.

            detect:
              sys_object_id: 1.3.6.1.4.1.2925.8
              probe: 1.3.6.1.4.1.2925.8.5.4.1.4

            index:
              port: {}

            outlets:
              count: 1.3.6.1.4.1.2925.8.5.2.1.2.(port)                      # cyPMNumberOutlets

            control:
              oid: 1.3.6.1.4.1.2925.8.5.4.1.4.(port).(outlet)               # cyOutletPower
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.2925.8.5.4.1.4.(port).(outlet)               # cyOutletPower
              on: 1
              off: 0
              pending: 2
              other: { 3: unknown }

            names: 1.3.6.1.4.1.2925.8.5.4.1.2.(port).(outlet)               # cyOutletName

            settle: { window: 5s, interval: 200ms }
            """#,
        "dataprobe-iboot-pdu": #"""
            id: dataprobe-iboot-pdu
            vendor: Dataprobe
            models: iBoot-PDU (PDU4, PDU8)
            maturity: mib
            doubts:
              - The scale of the line cord's readings is not known, so they are left out.
            mib: IBOOTPDU-MIB
            sources:
              - IBOOTPDU-MIB of 2017-10-25
              - readings recorded on devices (iboot_pdu8-2n15)

            detect:
              sys_object_id_exact: 1.3.6.1.4.1.8072.3.2.10
              sys_descr: "*ibootpdu*"

            outlets:
              count: 1.3.6.1.4.1.1418.6.1.6.0                               # deviceNumberOfOutlets

            control:
              oid: 1.3.6.1.4.1.1418.6.5.1.5.(outlet-1)                      # outletControl
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.1418.6.5.1.6.(outlet-1)                      # outletStatus
              on: 1
              off: 0
              pending: [2, 3, 4]

            names: 1.3.6.1.4.1.1418.6.5.1.2.(outlet-1)                      # outletName

            settle: { window: 5s, interval: 200ms }
            """#,
        "dell-rpdu": #"""
            id: dell-rpdu
            vendor: Dell (made by APC)
            models: Dell Metered/Managed Rack PDU (6000-series)
            maturity: mib
            doubts:
              - The MIB gives no scale for current and power of an outlet, so they are left out.
            mib: DellrPDU-MIB
            sources:
              - DellrPDU-MIB
              - readings recorded on devices (dell-rpdu)

            detect:
              sys_object_id: 1.3.6.1.4.1.674.10903.200.3

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.674.10903.200.2.200.130.1.1.0              # rPDUOutletSwitchedTableSize

            control:
              oid: 1.3.6.1.4.1.674.10903.200.2.200.130.1.4.1.4.(outlet)     # rPDUOutletSwitchedControlCmd
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.674.10903.200.2.200.130.1.2.1.4.(outlet)     # rPDUOutletSwitchedStatusState
              on: 1
              off: 2
              other: { 3: unknown }
              pending_flag: { oid: 1.3.6.1.4.1.674.10903.200.2.200.130.1.2.1.5.(outlet), is: 1 }  # rPDUOutletSwitchedStatCmdPnding

            names: 1.3.6.1.4.1.674.10903.200.2.200.130.1.2.1.3.(outlet)     # rPDUOutletSwitchedStatusName

            measurements:
              outlet:
                energy: { oid: 1.3.6.1.4.1.674.10903.200.2.200.130.2.2.1.7.(outlet), scale: 1000 }  # rPDUOutletMeteredStatusEnergy
              device:
                current: { oid: 1.3.6.1.4.1.674.10903.200.2.200.120.2.1.4, rows: only, scale: 0.1 }  # rPDUPhaseStatusCurrent
                voltage: { oid: 1.3.6.1.4.1.674.10903.200.2.200.120.2.1.5, rows: only, scale: 1 }  # rPDUPhaseStatusVoltage
                power:
                  - { oid: 1.3.6.1.4.1.674.10903.200.2.200.110.2.1.3.(pdu), scale: 10 }  # rPDUDeviceStatusPower
                  - { oid: 1.3.6.1.4.1.674.10903.200.2.200.120.2.1.6, rows: sum, scale: 10 }  # rPDUPhaseStatusPower
                energy: { oid: 1.3.6.1.4.1.674.10903.200.2.200.110.2.1.4.(pdu), scale: 100 }  # rPDUDeviceStatusEnergy

            settle: { window: 4s, interval: 250ms }
            limits: { objects: 24 }
            """#,
        "digipower": #"""
            id: digipower
            vendor: Digipower (OEM for Lindy IPower and others)
            models: SWH-xxxx, IPower Switch 8 (Lindy 32657)
            maturity: mib
            doubts:
              - One copy of the MIB says that the text cannot be written; fence-agents writes it.
              - The scale of the readings comes from LibreNMS.
            mib: DigiPower-PDU-MIB
            sources:
              - DigiPower-PDU-MIB
              - fence-agents
              - readings recorded on devices (digipower)
            notes:
              - One text holds all outlets and is written as a whole, so another program that writes it at the same moment can be undone.

            detect:
              sys_object_id: 1.3.6.1.4.1.17420

            index:
              pdu: { default: 1 }

            outlets:
              elements:
                oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).13.0
                packed: { separator: ",", element: outlet }

            control:
              type: octets
              oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).13.0                       # pdu01OutletStatus
              packed: { separator: ",", element: outlet }
              on: "1"
              off: "0"

            state:
              oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).13.0                       # pdu01OutletStatus
              packed: { separator: ",", element: outlet }
              on: 1
              off: 0
              other: { -2: no mains }
              missing: -1

            names: { oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).14.(outlet).0, packed: { separator: ",", element: 1 } }  # pdu01Outlet1Config

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).12.0, scale: 0.1, packed: { separator: ",", element: outlet } }  # pdu01SubValues
              device:
                current: { oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).11.0, scale: 0.1 }  # pdu01Value
                voltage: { oid: 1.3.6.1.4.1.17420.1.2.9.(pdu).17.0, scale: 1 }  # pdu01Voltage

            settle: { window: 5s, interval: 200ms }
            """#,
        "eaton-epdu-g3": #"""
            id: eaton-epdu-g3
            vendor: Eaton
            models: ePDU G2, G3, G3+ Switched/Managed (Marlin); also IPV/IPC part numbers on the newer controller
            maturity: mib
            doubts:
              - ironic has other columns for on and off than the MIB, labgrid and NUT.
              - labgrid writes a delay of 1 s instead of 0.
            mib: EATON-EPDU-MIB
            sources:
              - EATON-EPDU-MIB of 2023-03-31
              - labgrid
              - NUT
              - readings recorded on devices (eatonpdu_2)
            notes:
              - Each command is an object of its own, and what is written is a delay in seconds.
              - Units of the groups IPV and IPC refuse delays above 0.
              - A row of the input tables may be a total, so only a device with a single row gives readings as a whole.

            detect:
              sys_object_id: 1.3.6.1.4.1.534.6.6.7

            index:
              pdu: { default: 0 }

            outlets:
              count: 1.3.6.1.4.1.534.6.6.7.1.2.1.22.(pdu)                   # outletCount

            control:
              on: { oid: 1.3.6.1.4.1.534.6.6.7.6.6.1.4.(pdu).(outlet), value: 0 }  # outletControlOnCmd
              off: { oid: 1.3.6.1.4.1.534.6.6.7.6.6.1.3.(pdu).(outlet), value: 0 }  # outletControlOffCmd
              cycle: { oid: 1.3.6.1.4.1.534.6.6.7.6.6.1.5.(pdu).(outlet), value: 0 }  # outletControlRebootCmd

            state:
              oid: 1.3.6.1.4.1.534.6.6.7.6.6.1.2.(pdu).(outlet)             # outletControlStatus
              on: 1
              off: 0
              pending: [2, 3]

            names: 1.3.6.1.4.1.534.6.6.7.6.1.1.3.(pdu).(outlet)             # outletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.534.6.6.7.6.4.1.3.(pdu).(outlet), scale: 0.001, absent: negative }  # outletCurrent
                voltage: { oid: 1.3.6.1.4.1.534.6.6.7.6.3.1.2.(pdu).(outlet), scale: 0.001, absent: negative }  # outletVoltage
                power: { oid: 1.3.6.1.4.1.534.6.6.7.6.5.1.3.(pdu).(outlet), scale: 1, absent: negative }  # outletWatts
                apparent_power: { oid: 1.3.6.1.4.1.534.6.6.7.6.5.1.2.(pdu).(outlet), scale: 1, absent: negative }  # outletVA
                power_factor: { oid: 1.3.6.1.4.1.534.6.6.7.6.5.1.6.(pdu).(outlet), scale: 0.001, absent: negative }  # outletPowerFactor
                energy: { oid: 1.3.6.1.4.1.534.6.6.7.6.5.1.4.(pdu).(outlet), scale: 1, absent: negative }  # outletWh
              device:
                current: { oid: 1.3.6.1.4.1.534.6.6.7.3.3.1.4.(pdu), rows: only, scale: 0.001, absent: negative }  # inputCurrent
                voltage: { oid: 1.3.6.1.4.1.534.6.6.7.3.2.1.3.(pdu), rows: only, scale: 0.001, absent: negative }  # inputVoltage
                power: { oid: 1.3.6.1.4.1.534.6.6.7.3.4.1.4.(pdu), rows: only, scale: 1, absent: negative }  # inputWatts
                apparent_power: { oid: 1.3.6.1.4.1.534.6.6.7.3.4.1.3.(pdu), rows: only, scale: 1, absent: negative }  # inputVA
                energy: { oid: 1.3.6.1.4.1.534.6.6.7.3.4.1.5.(pdu), rows: only, scale: 1, absent: negative }  # inputWh

            settle: { window: 5s, interval: 200ms }
            """#,
        "eaton-managed-epdu": #"""
            id: eaton-managed-epdu
            vendor: Eaton (Powerware)
            models: Managed ePDU, Revelation (PW10xMA, Raritan-built)
            maturity: mib
            mib: PDU-MIB (Eaton)
            sources:
              - PDU-MIB of 2008-03-14
              - NUT
              - powerman
              - fence-agents
              - readings recorded on devices (eatonpdu_dbq)
            notes:
              - Instances count from 0.

            detect:
              sys_object_id: 1.3.6.1.4.1.534.6.6.6

            outlets:
              count: 1.3.6.1.4.1.534.6.6.6.1.2.1.0                          # outletCount

            control:
              oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.3.(outlet-1)               # outletOperationalState
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.3.(outlet-1)               # outletOperationalState
              on: 1
              off: 0
              pending: 2
              other: { -1: error }

            names: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.2.(outlet-1)               # outletLabel

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.4.(outlet-1), scale: 0.001 }  # outletCurrent
                voltage: { oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.6.(outlet-1), scale: 0.001 }  # outletVoltage
                power: { oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.7.(outlet-1), scale: 1 }  # outletActivePower
                apparent_power: { oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.8.(outlet-1), scale: 1 }  # outletApparentPower
                power_factor: { oid: 1.3.6.1.4.1.534.6.6.6.1.2.2.1.9.(outlet-1), scale: 0.01 }  # outletPowerFactor
              device:
                current: { oid: 1.3.6.1.4.1.534.6.6.6.1.3.1.1.0, scale: 0.001 }  # unitCurrent
                voltage: { oid: 1.3.6.1.4.1.534.6.6.6.1.3.1.2.0, scale: 0.001 }  # unitVoltage
                power: { oid: 1.3.6.1.4.1.534.6.6.6.1.3.1.3.0, scale: 1 }   # unitActivePower
                apparent_power: { oid: 1.3.6.1.4.1.534.6.6.6.1.3.1.4.0, scale: 1 }  # unitApparentPower

            settle: { window: 5s, interval: 200ms }
            """#,
        "eaton-nlogic": #"""
            id: eaton-nlogic
            vendor: Eaton
            models: nLogic-based G3 HD / ePDU (sysObjectID 534.7.1)
            maturity: seen
            doubts:
              - Taken from NUT; the vendor's MIB was not found.
            sources:
              - NUT

            detect:
              sys_object_id: 1.3.6.1.4.1.534.7.1

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.534.7.1.1.2.1.13.(pdu)

            control:
              oid: 1.3.6.1.4.1.534.7.1.5.2.1.10.(pdu).(outlet)
              on: 2
              off: 1
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.534.7.1.5.2.1.1.(pdu).(outlet)
              on: 2
              off: 1
              pending: [3, 4]

            names: 1.3.6.1.4.1.534.7.1.5.1.1.2.(pdu).(outlet)

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.534.7.1.5.1.1.5.(pdu).(outlet), scale: 0.01 }
                power: { oid: 1.3.6.1.4.1.534.7.1.5.1.1.13.(pdu).(outlet), scale: 1 }
                apparent_power: { oid: 1.3.6.1.4.1.534.7.1.5.1.1.12.(pdu).(outlet), scale: 1 }
              device:
                current: { oid: 1.3.6.1.4.1.534.7.1.2.1.1.11.(pdu), scale: 0.01 }
                voltage: { oid: 1.3.6.1.4.1.534.7.1.2.2.1.3.(pdu), rows: only, scale: 0.1 }

            settle: { window: 5s, interval: 200ms }
            """#,
        "eaton-pulizzi-ipc3600": #"""
            id: eaton-pulizzi-ipc3600
            vendor: Eaton / Pulizzi
            models: IPC3600 and other older Pulizzi units
            maturity: mib
            doubts:
              - Programs disagree on whether blue-display units use this tree or that of eaton-switched-epdu-pulizzi.
            mib: Pulizzi
            sources:
              - Pulizzi of 2004-10-08
              - powerman
            notes:
              - Command 1 of the table switches every outlet, so outlet N is command N+1.

            detect:
              sys_object_id: 1.3.6.1.4.1.20677.1
              probe: 1.3.6.1.4.1.20677.1.5.3
              priority: -1

            outlets:
              rows:
                column: 1.3.6.1.4.1.20677.1.5.3
                index: [outlet, 0]

            control:
              oid: 1.3.6.1.4.1.20677.1.5.2.(outlet+1).0                     # outlet1Command
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.20677.1.5.3.(outlet).0                       # outlet1Status
              on: 1
              off: 2

            names: 1.3.6.1.4.1.20677.1.5.1.(outlet).1.0                     # outlet1Name

            settle: { window: 5s, interval: 200ms }
            """#,
        "eaton-switched-epdu-pulizzi": #"""
            id: eaton-switched-epdu-pulizzi
            vendor: Eaton / Pulizzi
            models: Switched ePDU, blue display (IPV34xx, IPC34xx and similar)
            maturity: mib
            doubts:
              - The scale of the unit's readings is not known, so they are left out.
            mib: EATON-EPDU-PU-SW-MIB
            sources:
              - EATON-EPDU-PU-SW-MIB of 2009-10-16
              - NUT
              - fence-agents
            notes:
              - Command 1 of the table switches every outlet, so outlet N is command N+1.
              - An outlet that the unit does not have reads 0.

            detect:
              sys_object_id: [1.3.6.1.4.1.20677.1, 1.3.6.1.4.1.20677.2]
              probe: 1.3.6.1.4.1.20677.2.6.3

            outlets:
              rows:
                column: 1.3.6.1.4.1.20677.2.6.3
                index: [outlet, 0]

            control:
              oid: 1.3.6.1.4.1.20677.2.6.2.(outlet+1).0                     # outlet1Command
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.20677.2.6.3.(outlet).0                       # outlet1Status
              on: 1
              off: 2
              missing: 0

            names: 1.3.6.1.4.1.20677.2.6.1.(outlet).1.0                     # outlet1Name

            settle: { window: 5s, interval: 200ms }
            """#,
        "energy-object-rfc7460": #"""
            id: energy-object-rfc7460
            vendor: any (standard); Digital Loggers
            models: Digital Loggers Web Power Switch Pro and others with ENERGY-OBJECT-MIB
            maturity: mib
            mib: ENERGY-OBJECT-MIB, IANAPowerStateSet-MIB
            sources:
              - ENERGY-OBJECT-MIB.txt
              - the vendor's pages
              - readings recorded on devices (digital-loggers)
            notes:
              - Digital Loggers have it; 257 and 259 are off and on of IEEE 1621.
              - Rows from 257 are buses.

            detect:
              probe: 1.3.6.1.2.1.229.1.2.1.9
              priority: -10

            outlets:
              rows:
                column: 1.3.6.1.2.1.229.1.2.1.9
                index: [outlet]
                highest: 256

            control:
              oid: 1.3.6.1.2.1.229.1.2.1.8.(outlet)                         # eoPowerAdminState
              on: 259
              off: 257

            state:
              oid: 1.3.6.1.2.1.229.1.2.1.9.(outlet)                         # eoPowerOperState
              on: 259
              off: 257
              other: { 255: unknown }

            names: 1.3.6.1.2.1.47.1.1.1.1.7.(outlet)                        # entPhysicalName

            measurements:
              outlet:
                power: { oid: 1.3.6.1.2.1.229.1.2.1.1.(outlet), scale: { oid: 1.3.6.1.2.1.229.1.2.1.3.(outlet), rule: exponent } }

            settle: { window: 5s, interval: 200ms }
            """#,
        "enlogic": #"""
            id: enlogic
            vendor: Enlogic (nVent, CIS Global)
            models: EN2000 / EN6000 series, Switched and Outlet-metered
            maturity: mib
            mib: ENLOGIC-PDU-MIB, ENLOGIC-PDU2-MIB
            sources:
              - ENLOGIC-PDU-MIB of 2015-06-18
              - readings recorded on devices (enlogic-pdu_v2)
            notes:
              - State and command have different numbers.

            detect:
              sys_object_id: 1.3.6.1.4.1.38446.1

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.38446.1.2.3.1.3.(pdu)                      # pduUnitPropertiesOutletCount

            control:
              oid: 1.3.6.1.4.1.38446.1.5.5.1.4.(pdu).(outlet)               # pduOutletSwitchedControlCommand
              on: 2
              off: 1
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.38446.1.5.4.1.4.(pdu).(outlet)               # pduOutletSwitchedStatusState
              on: 1
              off: 0

            names: 1.3.6.1.4.1.38446.1.5.2.1.2.(pdu).(outlet)               # pduOutletSwitchedName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.38446.1.5.9.1.5.(pdu).(outlet), scale: 0.01 }  # pduOutletMeteredStatusCurrent
                power: { oid: 1.3.6.1.4.1.38446.1.5.9.1.6.(pdu).(outlet), scale: 1 }  # pduOutletMeteredStatusActivePower
                energy: { oid: 1.3.6.1.4.1.38446.1.5.9.1.11.(pdu).(outlet), scale: 100 }  # pduOutletMeteredStatusResettableEnergy
              device:
                current: { oid: 1.3.6.1.4.1.38446.1.3.4.1.5.(pdu), rows: only, scale: 0.01 }  # pduInputPhaseStatusCurrent
                voltage: { oid: 1.3.6.1.4.1.38446.1.3.4.1.6.(pdu), rows: only, scale: 1 }  # pduInputPhaseStatusVoltage
                power:
                  - { oid: 1.3.6.1.4.1.38446.1.2.4.1.4.(pdu), scale: 1 }    # pduUnitStatusActivePower
                  - { oid: 1.3.6.1.4.1.38446.1.3.4.1.7.(pdu), rows: sum, scale: 1 }  # pduInputPhaseStatusActivePower
                apparent_power: { oid: 1.3.6.1.4.1.38446.1.2.4.1.5.(pdu), scale: 1 }  # pduUnitStatusApparentPower
                energy: { oid: 1.3.6.1.4.1.38446.1.2.4.1.9.(pdu), scale: 100 }  # pduUnitStatusEnergy

            settle: { window: 5s, interval: 200ms }
            """#,
        "geist-v3": #"""
            id: geist-v3
            vendor: Geist (Vertiv)
            models: RCX, RCM-O (older IMD)
            maturity: mib
            mib: GEIST-MIB-V3
            sources:
              - GEIST-MIB-V3 of 2013-06-19
            notes:
              - Read, 0 means off; written, 0 cancels and 3 switches off.
              - The device insists on an unsigned type.

            detect:
              sys_object_id_exact: 1.3.6.1.4.1.21239.2
              probe: 1.3.6.1.4.1.21239.2.16.1.3

            outlets:
              count: 1.3.6.1.4.1.21239.2.1.8.1.16.0                         # ctrlOutletCount

            control:
              type: unsigned
              oid: 1.3.6.1.4.1.21239.2.16.1.3.(outlet)                      # ctrlOutletStatus
              on: 1
              off: 3
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.21239.2.16.1.3.(outlet)                      # ctrlOutletStatus
              on: 1
              off: 0

            names: 1.3.6.1.4.1.21239.2.16.1.2.(outlet)                      # ctrlOutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.21239.2.16.1.6.(outlet), scale: 0.1 }  # ctrlOutletDeciAmps
                power: { oid: 1.3.6.1.4.1.21239.2.16.1.15.(outlet), scale: 1 }  # ctrlOutletPower
                energy: { oid: 1.3.6.1.4.1.21239.2.16.1.14.(outlet), scale: 1000 }  # ctrlOutletkWattHrs

            settle: { window: 5s, interval: 200ms }
            """#,
        "generic-ifadminstatus": #"""
            id: generic-ifadminstatus
            vendor: any (standard)
            models: "anything with IF-MIB: an interface as an outlet, which cuts the link and not the power"
            maturity: mib
            mib: IF-MIB
            sources:
              - IF-MIB.txt
              - fence-agents
            notes:
              - Cuts the link, not the power. The outlets are interface numbers and have to be listed.

            outlets: configured

            control:
              oid: 1.3.6.1.2.1.2.2.1.7.(outlet)                             # ifAdminStatus
              on: 1
              off: 2

            state:
              oid: 1.3.6.1.2.1.2.2.1.8.(outlet)                             # ifOperStatus
              on: 1
              off: 2
              other: { 3: testing, 4: unknown, 5: dormant, 6: not present, 7: lower layer down }

            names: 1.3.6.1.2.1.2.2.1.2.(outlet)                             # ifDescr

            settle: { window: 5s, interval: 200ms }
            """#,
        "gude-epc24x": #"""
            id: gude-epc24x
            vendor: Gude Systems
            models: EPC24X
            maturity: mib
            mib: GUDEADS-EPC24X-MIB
            sources:
              - GUDEADS-EPC24X-MIB
            notes:
              - An older tree than that of the model gude.

            detect:
              sys_object_id: 1.3.6.1.4.1.28507.5

            outlets:
              count: 1.3.6.1.4.1.28507.5.1.1.1.0

            control:
              oid: 1.3.6.1.4.1.28507.5.1.1.2.1.3.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.28507.5.1.1.2.1.3.(outlet)
              on: 1
              off: 0

            settle: { window: 5s, interval: 200ms }
            """#,
        "gude-epc2x6": #"""
            id: gude-epc2x6
            vendor: Gude Systems
            models: EPC2X6
            maturity: mib
            mib: GUDEADS-EPC2X6-MIB
            sources:
              - GUDEADS-EPC2X6-MIB
            notes:
              - An older tree than that of the model gude.

            detect:
              sys_object_id: 1.3.6.1.4.1.28507.6

            outlets:
              count: 1.3.6.1.4.1.28507.6.1.2.1.0

            control:
              oid: 1.3.6.1.4.1.28507.6.1.2.2.1.3.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.28507.6.1.2.2.1.3.(outlet)
              on: 1
              off: 0

            settle: { window: 5s, interval: 200ms }
            """#,
        "gude-epc8x": #"""
            id: gude-epc8x
            vendor: Gude Systems
            models: EPC8X
            maturity: mib
            mib: GUDEADS-EPC8X-MIB
            sources:
              - GUDEADS-EPC8X-MIB
            notes:
              - An older tree than that of the model gude.

            detect:
              sys_object_id: 1.3.6.1.4.1.28507.1

            outlets:
              count: 1.3.6.1.4.1.28507.1.1.2.1.0

            control:
              oid: 1.3.6.1.4.1.28507.1.1.2.2.1.3.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.28507.1.1.2.2.1.3.(outlet)
              on: 1
              off: 0

            settle: { window: 5s, interval: 200ms }
            """#,
        "gude": #"""
            id: gude
            vendor: Gude Systems
            models: "Expert Power Control / ESB / ENC with switched ports: EPC1202, EPC1292, EPC8221, EPC8226, ENC2111, ENC2191, EPC8316, ESB7214, EPC1104, EPC1105, ENC2302, EPC8021, EPC8031, EPC8032, EPC8035, EPC8041, EPC8045, EPC8314, EPC8291, EPC8001, EPC1141, EPC1121, EPC871310, EPC873300, EPC871210"
            maturity: mib
            doubts:
              - The scales of the readings were checked for one product (EPC8045) and taken to be the same for the others.
            mib: GUDEADS MIBs
            sources:
              - GUDEADS-*-MIB
              - the vendor's pages
              - readings recorded on devices (gude-epc_1104, gude-epc_1202, gude-epc_8031, gude-esb_7214-12)
            notes:
              - The product number is a part of every object and comes from the sysObjectID.
              - After it was switched off an outlet may stay off for the repower time set on the device.

            detect:
              sys_object_id: 1.3.6.1.4.1.28507.(product)

            index:
              product: { captured: true, one_of: [43, 50, 56, 58, 60, 61, 64, 67, 68, 69, 70, 77, 81, 82, 83, 85, 87, 97, 98, 100, 106, 107, 109, 111, 112] }

            outlets:
              count: 1.3.6.1.4.1.28507.(product).1.3.1.1.0

            control:
              oid: 1.3.6.1.4.1.28507.(product).1.3.1.2.1.3.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.28507.(product).1.3.1.2.1.3.(outlet)
              on: 1
              off: 0
              other: { 2: fuse blown, 3: error }

            names: 1.3.6.1.4.1.28507.(product).1.3.1.2.1.2.(outlet)

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.28507.(product).1.5.5.2.1.5.(outlet), scale: 0.001 }
                voltage: { oid: 1.3.6.1.4.1.28507.(product).1.5.5.2.1.6.(outlet), scale: 1 }
                power: { oid: 1.3.6.1.4.1.28507.(product).1.5.5.2.1.4.(outlet), scale: 1 }
                energy: { oid: 1.3.6.1.4.1.28507.(product).1.5.5.2.1.3.(outlet), scale: 1 }
              device:
                current: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.5, rows: only, scale: 0.001 }
                voltage: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.6, rows: only, scale: 1 }
                power: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.4, rows: sum, scale: 1 }
                apparent_power: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.10, rows: sum, scale: 1 }
                power_factor: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.8, rows: only, scale: 0.001 }
                energy: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.3, rows: sum, scale: 1 }
                frequency: { oid: 1.3.6.1.4.1.28507.(product).1.5.1.2.1.7, rows: only, scale: 0.01 }

            settle: { window: 5s, interval: 200ms }
            """#,
        "hpe-pdu2": #"""
            id: hpe-pdu2
            vendor: HP / HPE
            models: HP managed/monitored/switched PDU (pdu2 tree)
            maturity: mib
            mib: CPQPOWER-MIB pdu2
            sources:
              - CPQPOWER-MIB 1.84
              - NUT
              - readings recorded on devices (hpe-mapdu_pdu2)
            notes:
              - Each command is an object of its own, and what is written is a delay in seconds.

            detect:
              sys_object_id: 1.3.6.1.4.1.232.165.7

            index:
              pdu: { default: 0 }

            outlets:
              count: 1.3.6.1.4.1.232.165.7.1.2.1.12.(pdu)                   # pdu2OutletCount

            control:
              on: { oid: 1.3.6.1.4.1.232.165.7.5.2.1.3.(pdu).(outlet), value: 0 }  # pdu2OutletControlOnCmd
              off: { oid: 1.3.6.1.4.1.232.165.7.5.2.1.2.(pdu).(outlet), value: 0 }  # pdu2OutletControlOffCmd
              cycle: { oid: 1.3.6.1.4.1.232.165.7.5.2.1.4.(pdu).(outlet), value: 0 }  # pdu2OutletControlRebootCmd

            state:
              oid: 1.3.6.1.4.1.232.165.7.5.2.1.1.(pdu).(outlet)             # pdu2OutletControlStatus
              on: 2
              off: 1
              pending: [3, 4]

            names: 1.3.6.1.4.1.232.165.7.5.1.1.2.(pdu).(outlet)             # pdu2OutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.232.165.7.5.1.1.5.(pdu).(outlet), scale: 0.001 }  # pdu2OutletCurrent
                power: { oid: 1.3.6.1.4.1.232.165.7.5.1.1.14.(pdu).(outlet), scale: 1 }  # pdu2OutletWatts
                apparent_power: { oid: 1.3.6.1.4.1.232.165.7.5.1.1.13.(pdu).(outlet), scale: 1 }  # pdu2OutletVA
                power_factor: { oid: 1.3.6.1.4.1.232.165.7.5.1.1.17.(pdu).(outlet), scale: 0.001 }  # pdu2OutletPowerFactor
                energy: { oid: 1.3.6.1.4.1.232.165.7.5.1.1.15.(pdu).(outlet), scale: 1 }  # pdu2OutletWh
              device:
                current: { oid: 1.3.6.1.4.1.232.165.7.2.2.1.11.(pdu), rows: only, scale: 0.001 }  # pdu2InputPhaseCurrent
                voltage: { oid: 1.3.6.1.4.1.232.165.7.2.2.1.3.(pdu), rows: only, scale: 0.001 }  # pdu2InputPhaseVoltage

            settle: { window: 5s, interval: 200ms }
            """#,
        "hpe-pdu3": #"""
            id: hpe-pdu3
            vendor: HPE
            models: HPE G2 Metered and Switched PDU (P9Rxx, P9Sxx), pdu3 tree
            maturity: mib
            doubts:
              - The scale of the total power is not certain, so it is left out; the power is the sum of the phases.
            mib: CPQPOWER-MIB pdu3
            sources:
              - CPQPOWER-MIB 1.84
              - NUT
              - readings recorded on devices (hpe-mapdu_pdu3)
            notes:
              - Each command is an object of its own, and what is written is a delay in seconds.
              - Half of the rows of one recorded unit read 0, which the MIB does not have.

            detect:
              sys_object_id: 1.3.6.1.4.1.232.165.11

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.232.165.11.1.2.1.13.(pdu)                  # pdu3OutletCount

            control:
              on: { oid: 1.3.6.1.4.1.232.165.11.5.2.1.3.(pdu).(outlet), value: 0 }  # pdu3OutletControlOnCmd
              off: { oid: 1.3.6.1.4.1.232.165.11.5.2.1.2.(pdu).(outlet), value: 0 }  # pdu3OutletControlOffCmd
              cycle: { oid: 1.3.6.1.4.1.232.165.11.5.2.1.4.(pdu).(outlet), value: 0 }  # pdu3OutletControlRebootCmd

            state:
              oid: 1.3.6.1.4.1.232.165.11.5.2.1.1.(pdu).(outlet)            # pdu3OutletControlStatus
              on: 2
              off: 1
              pending: [3, 4]
              other: { 0: undocumented value 0 }

            names: 1.3.6.1.4.1.232.165.11.5.1.1.2.(pdu).(outlet)            # pdu3OutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.232.165.11.5.1.1.5.(pdu).(outlet), scale: 0.01 }  # pdu3OutletCurrent
                power: { oid: 1.3.6.1.4.1.232.165.11.5.1.1.13.(pdu).(outlet), scale: 1 }  # pdu3OutletWatts
                apparent_power: { oid: 1.3.6.1.4.1.232.165.11.5.1.1.12.(pdu).(outlet), scale: 1 }  # pdu3OutletVA
                power_factor: { oid: 1.3.6.1.4.1.232.165.11.5.1.1.16.(pdu).(outlet), scale: 0.01 }  # pdu3OutletPowerFactor
                energy: { oid: 1.3.6.1.4.1.232.165.11.5.1.1.14.(pdu).(outlet), scale: 1000 }  # pdu3OutletWh
              device:
                current: { oid: 1.3.6.1.4.1.232.165.11.2.2.1.11.(pdu), rows: only, scale: 0.01 }  # pdu3InputPhaseCurrent
                voltage: { oid: 1.3.6.1.4.1.232.165.11.2.2.1.3.(pdu), rows: only, scale: 0.1 }  # pdu3InputPhaseVoltage
                power: { oid: 1.3.6.1.4.1.232.165.11.2.2.1.20.(pdu), rows: sum, scale: 1 }  # pdu3InputPhasePowerWatts
                energy: { oid: 1.3.6.1.4.1.232.165.11.2.2.1.21.(pdu), rows: sum, scale: 1000 }  # pdu3InputPhasePowerWattHour

            settle: { window: 5s, interval: 200ms }
            """#,
        "ibm-bladecenter": #"""
            id: ibm-bladecenter
            vendor: IBM
            models: BladeCenter management module, its blades as outlets
            maturity: seen
            doubts:
              - Taken from fence-agents; the objects were not compared with a MIB. The outlets are blades.
            sources:
              - fence-agents

            outlets:
              rows:
                column: 1.3.6.1.4.1.2.3.51.2.22.1.5.1.1.4
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.2.3.51.2.22.1.6.1.1.7.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.2.3.51.2.22.1.5.1.1.4.(outlet)
              on: 1
              off: 0

            settle: { window: 5s, interval: 200ms }
            """#,
        "ibm-ipdu": #"""
            id: ibm-ipdu
            vendor: IBM
            models: iPDU / DPI C13/C19 PDU+ (46M4002 and others)
            maturity: seen
            doubts:
              - Taken from fence-agents; the vendor's MIB was not found.
            mib: IBM DPI MIB (text not found)
            sources:
              - fence-agents

            detect:
              sys_object_id: 1.3.6.1.4.1.2.6.223
              probe: 1.3.6.1.4.1.2.6.223.8.2.2.1.11

            outlets:
              rows:
                column: 1.3.6.1.4.1.2.6.223.8.2.2.1.11
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.2.6.223.8.2.2.1.11.(outlet)
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.2.6.223.8.2.2.1.11.(outlet)
              on: 1
              off: 0

            names: 1.3.6.1.4.1.2.6.223.8.2.2.1.2.(outlet)

            settle: { window: 5s, interval: 200ms }
            """#,
        "ict-pdu": #"""
            id: ict-pdu
            vendor: ICT (Innovative Circuit Technology)
            models: ICT180/200 DC distribution panels
            maturity: mib
            mib: ICT-PDU-MIB
            sources:
              - ICT-PDU-MIB
              - readings recorded on devices (ict-pdu, ict-pdu_ict200db-12irc)
            notes:
              - Direct-current outputs; on and off are called enabled and disabled.

            detect:
              sys_object_id: 1.3.6.1.4.1.39145.10

            outlets:
              rows:
                column: 1.3.6.1.4.1.39145.10.8.1.5
                index: [row]
                number: row+1

            control:
              oid: 1.3.6.1.4.1.39145.10.8.1.5.(outlet-1)                    # outputEnable
              on: 1
              off: 2

            state:
              oid: 1.3.6.1.4.1.39145.10.8.1.5.(outlet-1)                    # outputEnable
              on: 1
              off: 2

            names: 1.3.6.1.4.1.39145.10.8.1.2.(outlet-1)                    # outputName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.39145.10.8.1.6.(outlet-1), scale: 0.01 }  # outputCurrentX100

            settle: { window: 5s, interval: 200ms }
            """#,
        "intel-modular": #"""
            id: intel-modular
            vendor: Intel
            models: Modular Server MFSYS25, its blades as outlets
            maturity: seen
            doubts:
              - Taken from fence-agents; the objects were not compared with a MIB. The outlets are blades.
            sources:
              - fence-agents
            notes:
              - Written and read numbers differ.

            outlets:
              rows:
                column: 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6.(outlet)
              on: 2
              off: 3

            state:
              oid: 1.3.6.1.4.1.343.2.19.1.2.10.202.1.1.6.(outlet)
              on: 2
              off: 0

            settle: { window: 5s, interval: 200ms }
            """#,
        "ipoman": #"""
            id: ipoman
            vendor: Ingrasys (sold by MGE, Ingrasys iPoMan II)
            models: iPoMan II 1201/1202/1203
            maturity: mib
            mib: IPOMANII-MIB
            sources:
              - IPOMANII-MIB
              - readings recorded on devices (ipoman)

            detect:
              sys_object_id: 1.3.6.1.4.1.2468.1.4.2.1

            outlets:
              count: 1.3.6.1.4.1.2468.1.4.2.1.3.2.1.0                       # ipmDeviceOutletNumber

            control:
              oid: 1.3.6.1.4.1.2468.1.4.2.1.3.2.4.1.2.(outlet)              # outletControlControl
              on: 3
              off: 4
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.2468.1.4.2.1.3.2.3.1.2.(outlet)              # outletStatusStatus
              on: 3
              off: 2
              pending: [4, 5, 6]
              other: { 1: unknown }

            names: 1.3.6.1.4.1.2468.1.4.2.1.3.2.2.1.2.(outlet)              # outletConfigDesc

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.2468.1.4.2.1.3.2.3.1.3.(outlet), scale: 0.001 }  # outletStatusCurrent
                energy: { oid: 1.3.6.1.4.1.2468.1.4.2.1.3.2.3.1.5.(outlet), scale: 0.1 }  # outletStatusWH

            settle: { window: 5s, interval: 200ms }
            """#,
        "liebert-mph": #"""
            id: liebert-mph
            vendor: Emerson / Liebert (Vertiv)
            models: MPH, MPX, MPH2
            maturity: mib
            doubts:
              - Another program reads the command object as the state.
            mib: LIEBERT-GP-PDU-MIB
            sources:
              - LIEBERT-GP-PDU-MIB of 2008-07-02
              - fence-agents
              - sonic-mgmt
              - readings recorded on devices (liebert_mph2rg)
            notes:
              - State and command have different numbers.
              - An outlet that is off is not cycled.
              - A locked receptacle refuses commands.
              - Outlets are counted through in the order of the receptacle table.

            detect:
              sys_object_id: 1.3.6.1.4.1.476.1.42
              probe: 1.3.6.1.4.1.476.1.42.3.8.50.19.0

            outlets:
              rows:
                column: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.95
                index: [pdu, branch, row]
                number: in_order

            control:
              oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.100.(pdu).(branch).(row)  # lgpPduRcpEntryControl
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.95.(pdu).(branch).(row)  # lgpPduRcpEntryPwrState
              on: 2
              off: 1
              pending: 3
              other: { 0: unknown }

            names: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.10.(pdu).(branch).(row)  # lgpPduRcpEntryUsrLabel

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.61.(pdu).(branch).(row), scale: 0.01 }  # lgpPduRcpEntryEcHundredths
                voltage: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.56.(pdu).(branch).(row), scale: 0.1 }  # lgpPduRcpEntryEpTenths
                power: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.65.(pdu).(branch).(row), scale: 1 }  # lgpPduRcpEntryPwrOut
                apparent_power: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.70.(pdu).(branch).(row), scale: 1 }  # lgpPduRcpEntryApOut
                power_factor: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.75.(pdu).(branch).(row), scale: 0.01 }  # lgpPduRcpEntryPf
                energy: { oid: 1.3.6.1.4.1.476.1.42.3.8.50.20.1.85.(pdu).(branch).(row), scale: 100 }  # lgpPduRcpEntryEnergyAccum
              device:
                current: { oid: 1.3.6.1.4.1.476.1.42.3.8.30.40.1.22, rows: only, scale: 0.01 }  # lgpPduPsLineEntryEcHundredths
                voltage: { oid: 1.3.6.1.4.1.476.1.42.3.8.30.40.1.19, rows: only, scale: 0.1 }  # lgpPduPsLineEntryEpLNTenths
                power: { oid: 1.3.6.1.4.1.476.1.42.3.8.30.20.1.65, rows: sum, scale: 1 }  # lgpPduPsEntryPwrTotal
                energy: { oid: 1.3.6.1.4.1.476.1.42.3.8.30.20.1.50, rows: sum, scale: 100 }  # lgpPduPsEntryEnergyAccum

            settle: { window: 8s, interval: 300ms }
            """#,
        "netio": #"""
            id: netio
            vendor: NETIO products
            models: NETIO 4C, 4All, PowerPDU 4C/4PS/8QS, PowerBOX, PowerCable
            maturity: mib
            doubts:
              - A vendor's note has a further 0 behind the outlet; the MIB does not.
            mib: NETIO-PRODUCTS-NETIO-MIB
            sources:
              - NETIO-PRODUCTS-NETIO-MIB of 2017-03-27
              - the vendor's pages
              - published scripts
            notes:
              - Some devices allow writing with SNMP version 3 only.

            detect:
              sys_object_id: 1.3.6.1.4.1.47952
              probe: 1.3.6.1.4.1.47952.1.1.1.3

            outlets:
              rows:
                column: 1.3.6.1.4.1.47952.1.1.1.3
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.47952.1.1.1.5.(outlet)                       # netioOutputAction
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.47952.1.1.1.3.(outlet)                       # netioOutputState
              on: 1
              off: 0

            names: 1.3.6.1.4.1.47952.1.1.1.2.(outlet)                       # netioOutputName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.47952.1.1.1.28.(outlet), scale: 0.001 }  # netioOutputCurrent
                power: { oid: 1.3.6.1.4.1.47952.1.1.1.25.(outlet), scale: 1 }  # netioOutputLoad
                power_factor: { oid: 1.3.6.1.4.1.47952.1.1.1.29.(outlet), scale: 0.001 }  # netioOutputPowerFactor
                energy: { oid: 1.3.6.1.4.1.47952.1.1.1.26.(outlet), scale: 1 }  # netioOutputEnergy
              device:
                current: { oid: 1.3.6.1.4.1.47952.1.2.3.0, scale: 0.001 }   # netioTotalCurrent
                voltage: { oid: 1.3.6.1.4.1.47952.1.2.1.0, scale: 0.001 }   # netioVoltage
                power: { oid: 1.3.6.1.4.1.47952.1.2.5.0, scale: 1 }         # netioTotalLoad
                power_factor: { oid: 1.3.6.1.4.1.47952.1.2.4.0, scale: 0.001 }  # netioOverallPowerFactor
                energy: { oid: 1.3.6.1.4.1.47952.1.2.6.0, scale: 1 }        # netioTotalEnergy
                frequency: { oid: 1.3.6.1.4.1.47952.1.2.2.0, scale: 0.001 }  # netioFrequency

            settle: { window: 5s, interval: 200ms }
            """#,
        "netping-pwr": #"""
            id: netping-pwr
            vendor: NetPing (Alentis)
            models: 4/PWR-220, 4PWR-220/SMS, 8/PWR-220, NetPing IO
            maturity: mib
            mib: DKSF-PWR-MIB
            sources:
              - DKSF-PWR-MIB of 2022-05-20
            notes:
              - Switching takes an outlet out of the watchdog, schedule and logic modes.

            detect:
              sys_object_id: 1.3.6.1.4.1.25728
              probe: 1.3.6.1.4.1.25728.5500.5.1.2

            outlets:
              rows:
                column: 1.3.6.1.4.1.25728.5500.5.1.15
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.25728.5500.5.1.2.(outlet)                    # npRelayMode
              on: 1
              off: 0
              cycle: { oid: 1.3.6.1.4.1.25728.5500.5.1.3.(outlet), value: 1 }

            state:
              oid: 1.3.6.1.4.1.25728.5500.5.1.15.(outlet)                   # npRelayState
              on: 1
              off: 0

            names: 1.3.6.1.4.1.25728.5500.5.1.6.(outlet)                    # npRelayMemo

            settle: { window: 5s, interval: 200ms }
            """#,
        "panduit-g5": #"""
            id: panduit-g5
            vendor: Panduit
            models: G5 Smart PDU (switched, MS/MSPO)
            maturity: mib
            mib: PANDUIT-MIB
            sources:
              - PANDUIT-MIB of 2023-07-24
              - readings recorded on devices (panduit, panduit_2, panduit_g5-p32g13m)

            detect:
              sys_object_id: 1.3.6.1.4.1.19536.10.1
              probe: 1.3.6.1.4.1.19536.10.1.5.2.1.1

            index:
              pdu: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.19536.10.1.1.2.1.13.(pdu)                  # pdug5OutletCount

            control:
              oid: 1.3.6.1.4.1.19536.10.1.5.2.1.10.(pdu).(outlet)           # pdug5OutletControlCommand
              on: 2
              off: 1
              cycle: 5

            state:
              oid: 1.3.6.1.4.1.19536.10.1.5.2.1.1.(pdu).(outlet)            # pdug5OutletControlStatus
              on: 2
              off: 1
              pending: [3, 4]

            names: 1.3.6.1.4.1.19536.10.1.5.1.1.2.(pdu).(outlet)            # pdug5OutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.19536.10.1.5.1.1.5.(pdu).(outlet), scale: 0.01 }  # pdug5OutletCurrent
                power: { oid: 1.3.6.1.4.1.19536.10.1.5.1.1.13.(pdu).(outlet), scale: 1 }  # pdug5OutletWatts
                apparent_power: { oid: 1.3.6.1.4.1.19536.10.1.5.1.1.12.(pdu).(outlet), scale: 1 }  # pdug5OutletVA
                power_factor: { oid: 1.3.6.1.4.1.19536.10.1.5.1.1.16.(pdu).(outlet), scale: 0.01 }  # pdug5OutletPowerFactor
                energy: { oid: 1.3.6.1.4.1.19536.10.1.5.1.1.14.(pdu).(outlet), scale: 1 }  # pdug5OutletWh
              device:
                current: { oid: 1.3.6.1.4.1.19536.10.1.2.2.1.11.(pdu), rows: only, scale: 0.01 }  # pdug5InputPhaseCurrent
                voltage: { oid: 1.3.6.1.4.1.19536.10.1.2.2.1.3.(pdu), rows: only, scale: 0.1 }  # pdug5InputPhaseVoltage
                power:
                  - { oid: 1.3.6.1.4.1.19536.10.1.2.1.1.5.(pdu), scale: 1 }  # pdug5InputPowerWatts
                  - { oid: 1.3.6.1.4.1.19536.10.1.2.2.1.20.(pdu), rows: sum, scale: 1 }  # pdug5InputPhasePowerWatts
                apparent_power: { oid: 1.3.6.1.4.1.19536.10.1.2.1.1.4.(pdu), scale: 1 }  # pdug5InputPowerVA
                power_factor: { oid: 1.3.6.1.4.1.19536.10.1.2.1.1.9.(pdu), scale: 0.01 }  # pdug5InputPowerFactor
                energy: { oid: 1.3.6.1.4.1.19536.10.1.2.2.1.21.(pdu), rows: sum, scale: 1 }  # pdug5InputPhasePowerWattHour

            settle: { window: 5s, interval: 200ms }
            """#,
        "planet-pdu": #"""
            id: planet-pdu
            vendor: Planet Technology
            models: IPM-8xxx / DIGIPDU
            maturity: mib
            mib: DIGIPDU-MIB
            sources:
              - DIGIPDU-MIB of 2009-04-16
              - readings recorded on devices (planet-pdu)

            detect:
              sys_object_id: 1.3.6.1.4.1.10456
              probe: 1.3.6.1.4.1.10456.3.3.3.1.4

            outlets:
              rows:
                column: 1.3.6.1.4.1.10456.3.3.3.1.4
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.10456.3.3.3.1.5.(outlet)                     # outSwitchCtrl
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.10456.3.3.3.1.4.(outlet)                     # outSwitchStatus
              on: 1
              off: 0
              pending: [2, 3]

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.10456.3.3.3.1.7.(outlet), scale: 0.1 }  # outCurrent
                voltage: { oid: 1.3.6.1.4.1.10456.3.3.3.1.6.(outlet), scale: 1 }  # outVoltage
                power: { oid: 1.3.6.1.4.1.10456.3.3.3.1.9.(outlet), scale: 1 }  # outPowerLoad
              device:
                current: { oid: 1.3.6.1.4.1.10456.3.3.2.1.5, rows: only, scale: 0.1 }  # inFeedCurrent
                voltage: { oid: 1.3.6.1.4.1.10456.3.3.2.1.3, rows: only, scale: 1 }  # inFeedVoltage
                power: { oid: 1.3.6.1.4.1.10456.3.3.2.1.6, rows: sum, scale: 1 }  # inFeedPowerLoad

            settle: { window: 5s, interval: 200ms }
            """#,
        "poe-rfc3621": #"""
            id: poe-rfc3621
            vendor: any (standard)
            models: switches with POWER-ETHERNET-MIB, their ports as outlets
            maturity: mib
            mib: POWER-ETHERNET-MIB
            sources:
              - POWER-ETHERNET-MIB.txt
              - labgrid
              - pdudaemon
              - CISCO-POWER-ETHERNET-EXT-MIB.my
              - hpicfpoe.mib
            notes:
              - A port that is on delivers power only to something that asks for it.
              - Power of single ports comes from the extensions of Cisco and HP.

            detect:
              probe: 1.3.6.1.2.1.105.1.1.1.3
              priority: -20

            index:
              group: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.2.1.105.1.1.1.3.(group)
                index: [outlet]

            control:
              oid: 1.3.6.1.2.1.105.1.1.1.3.(group).(outlet)                 # pethPsePortAdminEnable
              on: 1
              off: 2

            state:
              oid: 1.3.6.1.2.1.105.1.1.1.3.(group).(outlet)                 # pethPsePortAdminEnable
              on: 1
              off: 2

            names: 1.3.6.1.2.1.105.1.1.1.9.(group).(outlet)                 # pethPsePortType

            measurements:
              outlet:
                power:
                  - { oid: 1.3.6.1.4.1.9.9.402.1.2.1.9.(group).(outlet), scale: 0.001 }  # cpeExtPsePortPwrConsumption
                  - { oid: 1.3.6.1.4.1.11.2.14.11.1.9.1.1.1.8.(group).(outlet), scale: 0.001 }  # hpicfPoePethPsePortActualPower
              device:
                power: { oid: 1.3.6.1.2.1.105.1.3.1.1.4.(group), scale: 1 }  # pethMainPseConsumptionPower

            settle: { window: 5s, interval: 200ms }
            """#,
        "racktivity": #"""
            id: racktivity
            vendor: Racktivity
            models: ES / AC PDUs with switched outlets
            maturity: mib
            doubts:
              - The index of the rows was not checked on a device.
            mib: ES-RACKTIVITY-MIB
            sources:
              - ES-RACKTIVITY-MIB of 2014-04-23
            notes:
              - The state has flag bits; odd numbers are on.
              - The device insists on an unsigned type.

            detect:
              sys_object_id: 1.3.6.1.4.1.34097
              probe: 1.3.6.1.4.1.34097.9.80.1.1.8

            index:
              module: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.4.1.34097.9.80.1.1.8.(module)
                index: [outlet]

            control:
              type: unsigned
              oid: 1.3.6.1.4.1.34097.9.80.1.1.10035.(module).(outlet)       # pPortState
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.34097.9.80.1.1.8.(module).(outlet)           # pStatePortCur
              on: [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23]
              off: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]

            names: 1.3.6.1.4.1.34097.9.80.1.1.10034.(module).(outlet)       # pPortName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.34097.9.80.1.1.6.(module).(outlet), scale: 0.001 }  # pCurrent
                power: { oid: 1.3.6.1.4.1.34097.9.80.1.1.7.(module).(outlet), scale: 1 }  # pPower
                energy: { oid: 1.3.6.1.4.1.34097.9.80.1.1.9.(module).(outlet), scale: 1 }  # pActiveEnergy

            settle: { window: 5s, interval: 200ms }
            """#,
        "raritan-px1": #"""
            id: raritan-px1
            vendor: Raritan
            models: Dominion PX, first generation (DPXR/DPXS, PX-4316, PX-5523 and others)
            maturity: mib
            doubts:
              - The cycle (2) is named in the MIB as a state only; NUT and powerman write it.
              - NUT has another root and counts outlets from 0; the recorded device does not.
            mib: PDU-MIB
            sources:
              - PDU-MIB of 2016-02-22
              - NUT
              - powerman
              - readings recorded on devices (raritan-pdu)
            notes:
              - Switching can be disabled for the whole device (1.3.6.1.4.1.13742.4.1.1.28.0).

            detect:
              sys_object_id: 1.3.6.1.4.1.13742.4

            index:
              inlet: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.13742.4.1.2.1.0                            # outletCount

            control:
              oid: 1.3.6.1.4.1.13742.4.1.2.2.1.3.(outlet)                   # outletOperationalState
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.13742.4.1.2.2.1.3.(outlet)                   # outletOperationalState
              on: 1
              off: 0
              pending: 2
              other: { -1: error }

            names: 1.3.6.1.4.1.13742.4.1.2.2.1.2.(outlet)                   # outletLabel

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.4.(outlet), scale: 0.001 }  # outletCurrent
                voltage: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.6.(outlet), scale: 0.001 }  # outletVoltage
                power: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.7.(outlet), scale: 1 }  # outletActivePower
                apparent_power: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.8.(outlet), scale: 1 }  # outletApparentPower
                power_factor: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.9.(outlet), scale: 0.01 }  # outletPowerFactor
                energy: { oid: 1.3.6.1.4.1.13742.4.1.2.2.1.31.(outlet), scale: 1 }  # outletWattHours
              device:
                current:
                  - { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.7.(inlet), scale: 0.001 }  # inletCurrent
                  - { oid: 1.3.6.1.4.1.13742.4.1.3.1.1.0, scale: 0.001 }    # unitCurrent
                voltage:
                  - { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.8.(inlet), scale: 0.001 }  # inletVoltage
                  - { oid: 1.3.6.1.4.1.13742.4.1.3.1.2.0, scale: 0.001 }    # unitVoltage
                power:
                  - { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.9.(inlet), scale: 1 }  # inletActivePower
                  - { oid: 1.3.6.1.4.1.13742.4.1.3.1.3.0, scale: 1 }        # unitActivePower
                apparent_power:
                  - { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.10.(inlet), scale: 1 }  # inletApparentPower
                  - { oid: 1.3.6.1.4.1.13742.4.1.3.1.4.0, scale: 1 }        # unitApparentPower
                power_factor: { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.11.(inlet), scale: 0.01 }  # inletPowerFactor
                energy: { oid: 1.3.6.1.4.1.13742.4.1.20.2.1.12.(inlet), scale: 1 }  # inletActiveEnergy

            settle: { window: 5s, interval: 200ms }
            """#,
        "raritan-px2": #"""
            id: raritan-px2
            vendor: Raritan / Legrand
            models: PX2, PX3 and PX4; Server Technology PRO3X and PRO4X, which have the same MIB
            maturity: mib
            mib: PDU2-MIB
            sources:
              - PDU2-MIB of 2024-10-07
              - readings recorded on a PX2, a PX3 and a PX4
            notes:
              - The state has other numbers (7 and 8) than the command (1 and 0).
              - How many decimal digits a reading has is an object of its own and differs between sensors and models.
              - Models without switched outlets answer a part of the tables.

            detect:
              sys_object_id: 1.3.6.1.4.1.13742.6

            index:
              pdu: { default: 1 }     # the unit itself; more for the units of a cascade
              inlet: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.13742.6.3.2.2.1.4.(pdu)                  # outletCount

            control:
              oid: 1.3.6.1.4.1.13742.6.4.1.2.1.2.(pdu).(outlet)           # switchingOperation
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.13742.6.4.1.2.1.3.(pdu).(outlet)           # outletSwitchingState
              on: 7
              off: 8
              other: { -1: unavailable }

            names: 1.3.6.1.4.1.13742.6.3.5.3.1.3.(pdu).(outlet)           # outletName

            measurements:
              outlet:       # measurementsOutletSensorValue; the last number is the sensor
                current:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).1
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).1, rule: digits, constant: true }
                voltage:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).4
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).4, rule: digits, constant: true }
                power:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).5
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).5, rule: digits, constant: true }
                apparent_power:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).6
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).6, rule: digits, constant: true }
                power_factor:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).7
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).7, rule: digits, constant: true }
                energy:
                  oid: 1.3.6.1.4.1.13742.6.5.4.3.1.4.(pdu).(outlet).8
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.5.4.1.7.(pdu).(outlet).8, rule: digits, constant: true }
              device:       # measurementsInletSensorValue
                current:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).1
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).1, rule: digits, constant: true }
                voltage:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).4
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).4, rule: digits, constant: true }
                power:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).5
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).5, rule: digits, constant: true }
                apparent_power:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).6
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).6, rule: digits, constant: true }
                power_factor:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).7
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).7, rule: digits, constant: true }
                energy:
                  oid: 1.3.6.1.4.1.13742.6.5.2.3.1.4.(pdu).(inlet).8
                  scale: { oid: 1.3.6.1.4.1.13742.6.3.3.4.1.7.(pdu).(inlet).8, rule: digits, constant: true }

            limits: { objects: 48 }
            """#,
        "riedo-updu": #"""
            id: riedo-updu
            vendor: Riedo Networks (also Bachmann)
            models: UPDU (RN3xxx)
            maturity: mib
            doubts:
              - The recorded unit has no relays, so only the meters were seen on a device.
            mib: RNX-UPDU-MIB
            sources:
              - RNX-UPDU-MIB of 2022-09-09
              - readings recorded on devices (rnx-updu_rn3214)
            notes:
              - Outlets are counted through in the order of module and relay.
              - The meter of an outlet is found by the name that the relay lists.

            detect:
              sys_object_id: 1.3.6.1.4.1.55108.1

            index:
              meter:
                length: 2
                find: { column: 1.3.6.1.4.1.55108.1.3.1.1.13, same_as: 1.3.6.1.4.1.55108.1.4.1.1.2.(module).(row) }

            outlets:
              rows:
                column: 1.3.6.1.4.1.55108.1.4.1.1.4
                index: [module, row]
                number: in_order

            control:
              oid: 1.3.6.1.4.1.55108.1.4.1.1.3.(module).(row)               # upduRelayAdminStatus
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.55108.1.4.1.1.4.(module).(row)               # upduRelayOperStatus
              on: 1
              off: 0
              other: { 2: unknown }

            names: 1.3.6.1.4.1.55108.1.3.1.1.13.(meter)

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.55108.1.3.1.1.11.(meter), scale: 0.001 }
                voltage: { oid: 1.3.6.1.4.1.55108.1.3.1.1.10.(meter), scale: 0.001 }
                power: { oid: 1.3.6.1.4.1.55108.1.3.1.1.7.(meter), scale: 1 }
                apparent_power: { oid: 1.3.6.1.4.1.55108.1.3.1.1.9.(meter), scale: 1 }
                energy: { oid: 1.3.6.1.4.1.55108.1.3.1.1.4.(meter), scale: 1 }
              device:
                current: { oid: 1.3.6.1.4.1.55108.1.3.1.1.11.0.0, scale: 0.001 }
                voltage: { oid: 1.3.6.1.4.1.55108.1.3.1.1.10.0.0, scale: 0.001 }
                power: { oid: 1.3.6.1.4.1.55108.1.3.1.1.7.0.0, scale: 1 }
                apparent_power: { oid: 1.3.6.1.4.1.55108.1.3.1.1.9.0.0, scale: 1 }
                energy: { oid: 1.3.6.1.4.1.55108.1.3.1.1.4.0.0, scale: 1 }

            settle: { window: 5s, interval: 200ms }
            """#,
        "rittal-cmc-tc": #"""
            id: rittal-cmc-tc
            vendor: Rittal
            models: CMC-TC PU II with power units (PSM, unit 1 to 4)
            maturity: mib
            mib: RITTAL-CMC-TC-MIB
            sources:
              - RITTAL-CMC-TC-MIB
            notes:
              - "Each of the four units has tables of its own and is a PDU of its own here: index: { unit: 2 } is the second."

            detect:
              sys_object_id: 1.3.6.1.4.1.2606.4

            index:
              unit: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.4.1.2606.4.2.(unit+2).6.2.1.4
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.2606.4.2.(unit+2).6.2.1.6.(outlet)  # unit1OutputSet
              on: 2
              off: 1

            state:
              oid: 1.3.6.1.4.1.2606.4.2.(unit+2).6.2.1.4.(outlet)  # unit1OutputStatus
              on: 6
              off: 5
              pending: [7, 8]
              other: { 1: not available, 2: lost, 3: changed, 4: ok }

            names: 1.3.6.1.4.1.2606.4.2.(unit+2).6.2.1.3.(outlet)  # unit1OutputText

            settle: { window: 10s, interval: 250ms }
            """#,
        "rittal-cmc3": #"""
            id: rittal-cmc3
            vendor: Rittal
            models: PDU managed / switched (DK 7955.x), CMC III PU with PSM or PDU modules
            maturity: mib
            doubts:
              - The values 0 and 1 of a relay come from a program, not from the MIB; the recorded variable takes 0 to 4.
            mib: RITTAL-CMC-III-MIB
            sources:
              - RITTAL-CMC-III-MIB of 2019-04-10
              - stb-tester
              - published scripts
              - readings recorded on devices (rittal-cmc-iii-pu_cmciii-pu, rittal-cmc-iii-pu_compact, rittal-cmc-iii-pu_pdu-controller)
            notes:
              - Every value is a variable that is found by its name.
              - device is 2 for the first unit at a controller and 1 for a unit on its own.
              - Only a unit with a single phase gives readings as a whole.

            detect:
              sys_object_id: 1.3.6.1.4.1.2606.7
              sys_descr: ["*Rittal PDU*", "*Rittal CMC III PU*"]

            index:
              device: { default: 2 }
              relay:
                find:
                  column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device)
                  name: [Sockets.Socket (outlet).General.Relay, PSM_P*.Plug(outlet).Relay]
              label:
                find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Sockets.Socket (outlet).General.DescName }
              volts: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Voltage.Value } }
              amps: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Current.Value } }
              watts: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Power.Active.Value } }
              voltamps: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Power.Apparent.Value } }
              factor: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Power.Factor.Value } }
              counter: { find: { column: 1.3.6.1.4.1.2606.7.4.2.2.1.3.(device), name: Phase L*.Energy.Active.Value } }

            outlets:
              found_by: relay

            control:
              oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(relay)           # cmcIIIVarValueInt
              on: 1
              off: 0

            state:
              oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(relay)           # cmcIIIVarValueInt
              on: 1
              off: 0

            names: 1.3.6.1.4.1.2606.7.4.2.2.1.10.(device).(label)           # cmcIIIVarValueStr

            measurements:
              device:
                current: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(amps), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(amps), rule: factor } }
                voltage: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(volts), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(volts), rule: factor } }
                power: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(watts), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(watts), rule: factor } }
                apparent_power: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(voltamps), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(voltamps), rule: factor } }
                power_factor: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(factor), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(factor), rule: factor } }
                energy: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.11.(device).(counter), scale: { oid: 1.3.6.1.4.1.2606.7.4.2.2.1.7.(device).(counter), rule: factor, times: 1000 } }

            settle: { window: 5s, interval: 200ms }
            """#,
        "schleifenbauer": #"""
            id: schleifenbauer
            vendor: Schleifenbauer
            models: hPDU / iPDU behind a databus gateway
            maturity: mib
            mib: SCHLEIFENBAUER-DATABUS-MIB
            sources:
              - SCHLEIFENBAUER-DATABUS-MIB
              - readings recorded on devices (schleifenbauer, schleifenbauer_dpm27e)
            notes:
              - Every command needs an unlock that holds for 10 s.
              - Relays keep a distance in time that is set on the device.
              - device is the address on the databus; it has to be set when there is more than one.

            detect:
              sys_object_id: [1.3.6.1.4.1.31034.11.1, 1.3.6.1.4.1.31034.11.3]

            outlets:
              rows:
                column: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.2
                index: [device, outlet]

            control:
              oid: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.2.(device).(outlet)     # sdbDevOutSwCurrentState
              on: 1
              off: 0
              cycle: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.6.(device).(outlet), value: 1 }
              before: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.4.(device).(outlet), value: 1, expires: true }    # unlocks for 10 s

            state:
              oid: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.2.(device).(outlet)     # sdbDevOutSwCurrentState
              on: 1
              off: 0
              pending_flag: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.3.1.3.(device).(outlet), is: 1 }  # sdbDevOutSwScheduled

            names: 1.3.6.1.4.1.31034.12.1.1.2.7.1.1.2.(device).(outlet)     # sdbDevOutName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.5.(device).(outlet), scale: 0.01 }  # sdbDevOutMtActualCurrent
                voltage: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.7.(device).(outlet), scale: 0.01 }  # sdbDevOutMtActualVoltage
                power: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.11.(device).(outlet), scale: 1 }  # sdbDevOutMtPowerWatt
                apparent_power: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.10.(device).(outlet), scale: 1 }  # sdbDevOutMtPowerVoltAmpere
                power_factor: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.4.(device).(outlet), scale: 0.0001 }  # sdbDevOutMtPowerFactor
                energy: { oid: 1.3.6.1.4.1.31034.12.1.1.2.7.2.1.2.(device).(outlet), scale: 1000 }  # sdbDevOutMtKWhTotal
              device:
                current: { oid: 1.3.6.1.4.1.31034.12.1.1.2.6.1.1.5, rows: only, scale: 0.01 }  # sdbDevInActualCurrent
                voltage: { oid: 1.3.6.1.4.1.31034.12.1.1.2.6.1.1.7, rows: only, scale: 0.01 }  # sdbDevInActualVoltage

            settle: { window: 20s, interval: 500ms }
            """#,
        "servertech-sentry3": #"""
            id: servertech-sentry3
            vendor: Server Technology (Legrand)
            models: "Switched/Smart CDU: CW-, CX-, CS-, STV-, PT- and similar (Sentry 3)"
            maturity: mib
            mib: Sentry3-MIB
            sources:
              - Sentry3-MIB of 2016-01-25
              - labgrid
              - OpenStack ironic
              - sonic-mgmt
              - readings recorded on devices (sentry3, sentry3_3phase, sentry3_switched)
            notes:
              - Outlets are counted through in the order of tower, infeed and outlet.
              - Set index parts (tower, infeed) to use one unit of a chain.

            detect:
              sys_object_id: 1.3.6.1.4.1.1718.3

            outlets:
              rows:
                column: 1.3.6.1.4.1.1718.3.2.3.1.5
                index: [tower, infeed, row]
                number: in_order

            control:
              oid: 1.3.6.1.4.1.1718.3.2.3.1.11.(tower).(infeed).(row)       # outletControlAction
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.1718.3.2.3.1.5.(tower).(infeed).(row)        # outletStatus
              on: 1
              off: 0
              pending: [2, 3]
              other: { 4: "off, error", 5: "on, error", 6: no communication with the outlet, 7: being read, 8: "off, fuse open", 9: "on, fuse open" }

            names: 1.3.6.1.4.1.1718.3.2.3.1.3.(tower).(infeed).(row)        # outletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.1718.3.2.3.1.7.(tower).(infeed).(row), scale: 0.01, absent: negative }  # outletLoadValue
                voltage: { oid: 1.3.6.1.4.1.1718.3.2.3.1.13.(tower).(infeed).(row), scale: 0.1, absent: negative }  # outletVoltage
                power: { oid: 1.3.6.1.4.1.1718.3.2.3.1.14.(tower).(infeed).(row), scale: 1, absent: negative }  # outletPower
                apparent_power: { oid: 1.3.6.1.4.1.1718.3.2.3.1.15.(tower).(infeed).(row), scale: 1, absent: negative }  # outletApparentPower
                power_factor: { oid: 1.3.6.1.4.1.1718.3.2.3.1.16.(tower).(infeed).(row), scale: 0.01, absent: negative }  # outletPowerFactor
                energy: { oid: 1.3.6.1.4.1.1718.3.2.3.1.18.(tower).(infeed).(row), scale: 1, absent: negative }  # outletEnergy
              device:
                current: { oid: 1.3.6.1.4.1.1718.3.2.2.1.7, rows: only, scale: 0.01, absent: negative }  # infeedLoadValue
                voltage: { oid: 1.3.6.1.4.1.1718.3.2.2.1.11, rows: only, scale: 0.1, absent: negative }  # infeedVoltage
                power:
                  - { oid: 1.3.6.1.4.1.1718.3.1.6.0, scale: 1, absent: negative }  # systemTotalPower
                  - { oid: 1.3.6.1.4.1.1718.3.2.1.1.11, rows: sum, scale: 1, absent: negative }  # towerActivePower
                  - { oid: 1.3.6.1.4.1.1718.3.2.2.1.12, rows: sum, scale: 1, absent: negative }  # infeedPower
                apparent_power:
                  - { oid: 1.3.6.1.4.1.1718.3.2.1.1.12, rows: sum, scale: 1, absent: negative }  # towerApparentPower
                  - { oid: 1.3.6.1.4.1.1718.3.2.2.1.13, rows: sum, scale: 1, absent: negative }  # infeedApparentPower
                energy:
                  - { oid: 1.3.6.1.4.1.1718.3.2.1.1.14, rows: sum, scale: 1000, absent: negative }  # towerEnergy
                  - { oid: 1.3.6.1.4.1.1718.3.2.2.1.16, rows: sum, scale: 100, absent: negative }  # infeedEnergy

            settle: { window: 10s, interval: 250ms }
            """#,
        "servertech-sentry4": #"""
            id: servertech-sentry4
            vendor: Server Technology (Legrand)
            models: PRO1, PRO2 (Sentry 4)
            maturity: mib
            doubts:
              - ironic reads the state from the control-state column.
            mib: Sentry4-MIB
            sources:
              - Sentry4-MIB of 2023-03-10
              - OpenStack ironic
              - sonic-mgmt
              - readings recorded on devices (sentry4, sentry4_switched8i)
            notes:
              - Outlets are counted through in the order of unit, cord and outlet.
              - A locked outlet refuses commands.
              - Several outlets are queued and then switched together.

            detect:
              sys_object_id: 1.3.6.1.4.1.1718.4

            outlets:
              rows:
                column: 1.3.6.1.4.1.1718.4.1.8.3.1.1
                index: [unit, cord, row]
                number: in_order

            control:
              oid: 1.3.6.1.4.1.1718.4.1.8.5.1.2.(unit).(cord).(row)         # st4OutletControlAction
              on: 1
              off: 2
              cycle: 3
              together:
                on: 4
                off: 5
                before: { oid: 1.3.6.1.4.1.1718.4.1.8.6.1.0, value: 0 }      # empties the queue
                after: { oid: 1.3.6.1.4.1.1718.4.1.8.6.1.0, value: 1 }       # carries it out

            state:
              oid: 1.3.6.1.4.1.1718.4.1.8.3.1.1.(unit).(cord).(row)         # st4OutletState
              on: 1
              off: 2
              other: { 0: unknown }

            names: 1.3.6.1.4.1.1718.4.1.8.2.1.3.(unit).(cord).(row)         # st4OutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.3.(unit).(cord).(row), scale: 0.01, absent: -1 }  # st4OutletCurrent
                voltage: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.6.(unit).(cord).(row), scale: 0.1, absent: -1 }  # st4OutletVoltage
                power: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.7.(unit).(cord).(row), scale: 1, absent: -1 }  # st4OutletActivePower
                apparent_power: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.9.(unit).(cord).(row), scale: 1, absent: -1 }  # st4OutletApparentPower
                power_factor: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.10.(unit).(cord).(row), scale: 0.01, absent: -1 }  # st4OutletPowerFactor
                energy: { oid: 1.3.6.1.4.1.1718.4.1.8.3.1.14.(unit).(cord).(row), scale: 1, absent: -1 }  # st4OutletEnergy
              device:
                current: { oid: 1.3.6.1.4.1.1718.4.1.4.3.1.3, rows: only, scale: 0.01, absent: -1 }  # st4LineCurrent
                voltage: { oid: 1.3.6.1.4.1.1718.4.1.5.3.1.3, rows: only, scale: 0.1, absent: -1 }  # st4PhaseVoltage
                power: { oid: 1.3.6.1.4.1.1718.4.1.3.3.1.3, rows: sum, scale: 1, absent: -1 }  # st4InputCordActivePower
                apparent_power: { oid: 1.3.6.1.4.1.1718.4.1.3.3.1.5, rows: sum, scale: 1, absent: -1 }  # st4InputCordApparentPower
                power_factor: { oid: 1.3.6.1.4.1.1718.4.1.3.3.1.8, rows: only, scale: 0.01, absent: -1 }  # st4InputCordPowerFactor
                energy: { oid: 1.3.6.1.4.1.1718.4.1.3.3.1.10, rows: sum, scale: 100, absent: -1 }  # st4InputCordEnergy

            settle: { window: 10s, interval: 250ms }
            """#,
        "synaccess-netbooter-old": #"""
            id: synaccess-netbooter-old
            vendor: Synaccess
            models: older netBooter NP-02, NP-08, NP-16
            maturity: seen
            doubts:
              - Taken from two programs; the vendor's MIB was not found.
            sources:
              - published scripts
            notes:
              - The state may carry a further bit (256).

            detect:
              sys_object_id: 1.3.6.1.4.1.21728.2
              sys_descr: "*Power Distribution System*"

            outlets:
              count: 1.3.6.1.4.1.21728.2.4.1.1.3.0

            control:
              oid: 1.3.6.1.4.1.21728.2.4.1.2.1.1.4.(outlet)
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.21728.2.4.1.2.1.1.3.(outlet)
              on: [1, 257]
              off: [0, 2, 256]

            settle: { window: 5s, interval: 200ms }
            """#,
        "synaccess-np": #"""
            id: synaccess-np
            vendor: Synaccess
            models: netBooter NP-xxS / NPB / DU series with SYNSYS-MIB
            maturity: mib
            mib: SYNSYS-MIB
            sources:
              - SYNSYS-MIB of 2020-03-20
              - published scripts
            notes:
              - The old state may still be read for some time after a command.

            detect:
              sys_object_id: 1.3.6.1.4.1.21728.3
              probe: 1.3.6.1.4.1.21728.3.2.1.1.3

            outlets:
              count: 1.3.6.1.4.1.21728.3.1.3.0                              # powerOutletNum

            control:
              oid: 1.3.6.1.4.1.21728.3.2.1.1.4.(outlet-1)                   # outletAction
              on: 1
              off: 2
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.21728.3.2.1.1.3.(outlet-1)                   # outletStatus
              on: 1
              off: 2

            names: 1.3.6.1.4.1.21728.3.2.1.1.2.(outlet-1)                   # outletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.21728.3.2.1.1.5.(outlet-1), scale: 1 }  # outletCurrentDraw
              device:
                current: { oid: 1.3.6.1.4.1.21728.3.5.1.0, scale: 1 }       # mpiCurrent
                voltage: { oid: 1.3.6.1.4.1.21728.3.5.2.0, scale: 1 }       # mpiVolt
                power: { oid: 1.3.6.1.4.1.21728.3.5.3.0, scale: 1 }         # mpiActivePower
                apparent_power: { oid: 1.3.6.1.4.1.21728.3.5.4.0, scale: 1 }  # mpiApparentPower
                energy: { oid: 1.3.6.1.4.1.21728.3.5.7.0, scale: 1000 }     # mpiAcKwh

            settle: { window: 5s, interval: 200ms }
            """#,
        "synaccess-synlink": #"""
            id: synaccess-synlink
            vendor: Synaccess
            models: SynLink SL series
            maturity: mib
            doubts:
              - The scales of the readings are not clear from the MIB, so they are left out.
              - The cycle (2) is in the text of the MIB and not in its list of values.
            mib: SYNLINK-MIB
            sources:
              - SYNLINK-MIB of 2023-11-01

            detect:
              sys_object_id: 1.3.6.1.4.1.21728.4
              probe: 1.3.6.1.4.1.21728.4.5.1.1.7

            outlets:
              count: 1.3.6.1.4.1.21728.4.1.5.0                              # numOutlets

            control:
              oid: 1.3.6.1.4.1.21728.4.5.1.1.7.(outlet)                     # outletState
              on: 1
              off: 0
              cycle: 2

            state:
              oid: 1.3.6.1.4.1.21728.4.5.1.1.7.(outlet)                     # outletState
              on: 1
              off: 0

            names: 1.3.6.1.4.1.21728.4.5.1.1.3.(outlet)                     # outletName

            settle: { window: 5s, interval: 200ms }
            """#,
        "teltronix": #"""
            id: teltronix
            vendor: Teltronix
            models: not known
            maturity: seen
            doubts:
              - Taken from ironic; neither the models nor the vendor's MIB are known.
            sources:
              - OpenStack ironic

            outlets:
              rows:
                column: 1.3.6.1.4.1.23620.1.2.2.1.4
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.23620.1.2.2.1.4.(outlet)
              on: 2
              off: 1

            state:
              oid: 1.3.6.1.4.1.23620.1.2.2.1.4.(outlet)
              on: 2
              off: 1

            settle: { window: 5s, interval: 200ms }
            """#,
        "tripplite-12x": #"""
            id: tripplite-12x
            vendor: Tripp Lite (Eaton)
            models: SNMPWEBCARD firmware 12.06.006x and later
            maturity: mib
            mib: TRIPPLITE-12X
            sources:
              - TRIPPLITE-12X of 2017-02-28
            notes:
              - Made for the web cards of UPSs; it fits every unit with switched outlets.

            detect:
              sys_object_id: 1.3.6.1.4.1.850.100
              probe: 1.3.6.1.4.1.850.100.1.10.1.0

            outlets:
              count: 1.3.6.1.4.1.850.100.1.10.1.0                           # tlUpsOutletNumOutlets

            control:
              oid: 1.3.6.1.4.1.850.100.1.10.2.1.4.(outlet)                  # tlUpsOutletControl
              on: 2
              off: 1
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.850.100.1.10.2.1.2.(outlet)                  # tlUpsOutletState
              on: 2
              off: 1
              other: { 0: unknown }

            names: 1.3.6.1.4.1.850.100.1.10.2.1.5.(outlet)                  # tlUpsOutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.850.100.1.10.2.1.13.(outlet), scale: 0.1 }  # tlUpsOutletCurrent
                power: { oid: 1.3.6.1.4.1.850.100.1.10.2.1.14.(outlet), scale: 1 }  # tlUpsOutletPower

            settle: { window: 5s, interval: 200ms }
            """#,
        "tripplite-padm12": #"""
            id: tripplite-padm12
            vendor: Tripp Lite (Eaton)
            models: PDUMH20HVNET and others with PADM 12 firmware (SNMPWEBCARD)
            maturity: seen
            doubts:
              - Taken from fence-agents; the vendor's MIB was not found.
              - The cycle (3) is taken over from tripplite-12x.
            sources:
              - fence-agents

            detect:
              sys_object_id_exact: 1.3.6.1.4.1.850.1
              probe: 1.3.6.1.4.1.850.10.2.3.5.1.2

            index:
              device: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.4.1.850.10.2.3.5.1.2.(device)
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.850.10.2.3.5.1.4.(device).(outlet)
              on: 2
              off: 1
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.850.10.2.3.5.1.2.(device).(outlet)
              on: 2
              off: 1

            names: 1.3.6.1.4.1.850.10.2.3.5.1.5.(device).(outlet)

            settle: { window: 5s, interval: 200ms }
            """#,
        "tripplite-webcardlx": #"""
            id: tripplite-webcardlx
            vendor: Tripp Lite (Eaton)
            models: PDUMH..NET(LX), WEBCARDLX / LX platform, PADM 15 and 20
            maturity: mib
            mib: TRIPPLITE-PRODUCTS
            sources:
              - TRIPPLITE-PRODUCTS of 2021-05-12
              - fence-agents
              - readings recorded on devices (poweralert_pdu)

            detect:
              sys_object_id: 1.3.6.1.4.1.850.1.1.1
              probe: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.4

            index:
              device: { default: 1 }

            outlets:
              count: 1.3.6.1.4.1.850.1.1.3.2.1.2.1.4.(device)               # tlpPduIdentNumOutlets

            control:
              oid: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.6.(device).(outlet)      # tlpPduOutletCommand
              on: 2
              off: 1
              cycle: 3

            state:
              oid: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.4.(device).(outlet)      # tlpPduOutletState
              on: 2
              off: 1
              other: { 0: unknown }

            names: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.2.(device).(outlet)      # tlpPduOutletName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.8.(device).(outlet), scale: 0.01 }  # tlpPduOutletCurrent
                voltage: { oid: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.7.(device).(outlet), scale: 0.1 }  # tlpPduOutletVoltage
                power: { oid: 1.3.6.1.4.1.850.1.1.3.2.3.3.1.1.9.(device).(outlet), scale: 1 }  # tlpPduOutletActivePower
              device:
                current: { oid: 1.3.6.1.4.1.850.1.1.3.2.3.1.2.1.7.(device), rows: only, scale: 0.01 }  # tlpPduInputPhaseCurrent
                voltage: { oid: 1.3.6.1.4.1.850.1.1.3.2.3.1.2.1.4.(device), rows: only, scale: 0.1 }  # tlpPduInputPhaseVoltage
                power:
                  - { oid: 1.3.6.1.4.1.850.1.1.3.2.2.1.1.9.(device), scale: 1 }  # tlpPduDeviceOutputActivePowerTotal
                  - { oid: 1.3.6.1.4.1.850.1.1.3.2.3.1.2.1.8.(device), rows: sum, scale: 1 }  # tlpPduInputPhasePower

            settle: { window: 5s, interval: 200ms }
            """#,
        "vertiv-geist-v5": #"""
            id: vertiv-geist-v5
            vendor: Vertiv (Geist)
            models: Geist/Vertiv rPDU with IMD-3/-5 controller (GU, MG, MN, upgradeable rPDU)
            maturity: mib
            mib: VERTIV-V5-MIB
            sources:
              - VERTIV-V5-MIB of 2020-01-07
              - sonic-mgmt
              - OpenStack ironic
              - readings recorded on devices (vertiv-pdu_mg02e4w1, vertiv-pdu_mn03edr1)
            notes:
              - A command is refused while the outlet is not in manual mode.

            detect:
              sys_object_id: 1.3.6.1.4.1.21239.42.1

            index:
              pdu: { default: 1 }

            outlets:
              rows:
                column: 1.3.6.1.4.1.21239.5.2.3.5.1.4
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.21239.5.2.3.5.1.6.(outlet)                   # pduOutletSwitchControl
              on: 2
              off: 4
              cycle: 6

            state:
              oid: 1.3.6.1.4.1.21239.5.2.3.5.1.4.(outlet)                   # pduOutletSwitchState
              on: 1
              off: 2
              pending: [3, 4, 5, 6]
              other: { 7: unavailable }

            names: 1.3.6.1.4.1.21239.5.2.3.5.1.3.(outlet)                   # pduOutletSwitchLabel

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.8.(outlet), scale: 0.01 }  # pduOutletMeterCurrent
                voltage: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.4.(outlet), scale: 0.1 }  # pduOutletMeterVoltage
                power: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.12.(outlet), scale: 1 }  # pduOutletMeterRealPower
                apparent_power: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.13.(outlet), scale: 1 }  # pduOutletMeterApparentPower
                power_factor: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.14.(outlet), scale: 0.01 }  # pduOutletMeterPowerFactor
                energy: { oid: 1.3.6.1.4.1.21239.5.2.3.6.1.15.(outlet), scale: 1 }  # pduOutletMeterEnergy
              device:
                current: { oid: 1.3.6.1.4.1.21239.5.2.3.2.1.8, rows: only, scale: 0.01 }  # pduPhaseCurrent
                voltage: { oid: 1.3.6.1.4.1.21239.5.2.3.2.1.4, rows: only, scale: 0.1 }  # pduPhaseVoltage
                power:
                  - { oid: 1.3.6.1.4.1.21239.5.2.3.1.1.9.(pdu), scale: 1 }  # pduTotalRealPower
                  - { oid: 1.3.6.1.4.1.21239.5.2.3.2.1.12, rows: sum, scale: 1 }  # pduPhaseRealPower
                apparent_power: { oid: 1.3.6.1.4.1.21239.5.2.3.1.1.10.(pdu), scale: 1 }  # pduTotalApparentPower
                power_factor: { oid: 1.3.6.1.4.1.21239.5.2.3.1.1.11.(pdu), scale: 0.01 }  # pduTotalPowerFactor
                energy:
                  - { oid: 1.3.6.1.4.1.21239.5.2.3.1.1.12.(pdu), scale: 1 }  # pduTotalEnergy
                  - { oid: 1.3.6.1.4.1.21239.5.2.3.2.1.15, rows: sum, scale: 1 }  # pduPhaseEnergy

            settle: { window: 10s, interval: 250ms }
            """#,
        "wti-power": #"""
            id: wti-power
            vendor: Western Telematic (WTI)
            models: NPS, NBB, MPC, VMR, DSM/CPM power ports
            maturity: mib
            doubts:
              - The values of states and commands come from the vendor's manual; the MIB has none.
            mib: WTI-POWER-MIB
            sources:
              - WTI-POWER-MIB of 2016-04-01
              - the vendor's pages
              - readings recorded on devices (wti-power)
            notes:
              - Values 1 to 4 only mark a plug; 5 to 7 act on it and on every plug that somebody has marked before.

            detect:
              sys_object_id: 1.3.6.1.4.1.2634.6
              sys_object_id_exact: 1.3.6.1.4.1.8072.3.2.10
              probe: 1.3.6.1.4.1.2634.3.100.200.1.3
              priority: -1

            outlets:
              rows:
                column: 1.3.6.1.4.1.2634.3.100.200.1.3
                index: [outlet]

            control:
              oid: 1.3.6.1.4.1.2634.3.100.200.1.4.(outlet)                  # plugAction
              on: 5
              off: 6
              cycle: 7

            state:
              oid: 1.3.6.1.4.1.2634.3.100.200.1.3.(outlet)                  # plugStatus
              on: 1
              off: 0

            names: 1.3.6.1.4.1.2634.3.100.200.1.5.(outlet)                  # plugName

            measurements:
              outlet:
                current: { oid: 1.3.6.1.4.1.2634.3.100.200.1.7.(outlet), scale: 0.1 }  # plugCurrent
                power: { oid: 1.3.6.1.4.1.2634.3.100.200.1.8.(outlet), scale: 1 }  # plugPower
              device:
                current: { oid: 1.3.6.1.4.1.2634.3.200.60.0, scale: 0.1 }   # environmentSystemTotalCurrent

            settle: { window: 5s, interval: 200ms }
            """#,
    ]
}
