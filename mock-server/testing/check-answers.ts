import { answerCheck } from '../control/answer-check.ts'

// In all tests of the store, an answer of the control API that differs from its declaration is a
// 500.
answerCheck.isOn = true
