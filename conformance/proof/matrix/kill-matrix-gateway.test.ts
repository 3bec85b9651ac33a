import { proveChecks } from './prove-checks.ts'

proveChecks('gateway')
