/** What makes a scenario fail: a step that could not be done, or an expectation that did not hold. */
export class ScenarioFailure extends Error {
  override readonly name = 'ScenarioFailure'
}
