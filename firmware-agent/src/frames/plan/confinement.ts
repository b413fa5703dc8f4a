/**
 * What may leave the device, as the policy `leaves` of its model says. The device checks every plan, whatever the cloud sends.
 * A stricter policy holds from the moment its document comes, before the document is applied.
 */
import {
  type DesiredPlan,
  Fault,
  isStricter,
  type ModelDocument,
  withheldUpload,
} from '../../../../src/wire/index.js';

export class Confinement {
  private newest: ModelDocument | undefined;

  /** `stopSending` sends nothing more of the frames in flight; the device finishes them. */
  constructor(private readonly stopSending: (fault: Fault) => void) {}

  /** Takes the model of a document that came; `held` is the model that frames run. */
  take(newest: ModelDocument | null, held: ModelDocument | undefined): void {
    const before = held && this.ruleOf(held).leaves;
    this.newest = newest ?? this.newest;
    const leaves = held && this.ruleOf(held).leaves;
    if (!isStricter(leaves, before)) return;
    const text = `the policy of the model became '${leaves}' while the frame was under way`;
    this.stopSending(new Fault('TENSOR_WITHHELD', text));
  }

  /** The fault of a plan that sends, in any of its cuts, what must stay; undefined when it sends nothing such. */
  faultOf(plan: DesiredPlan, model: ModelDocument): Fault | undefined {
    const rule = this.ruleOf(model);
    const tensor = withheldUpload(plan, rule);
    if (tensor === undefined) return undefined;
    const text = `tensor ${tensor} must stay on the device: the policy of ${model.name} is '${rule.leaves}'`;
    return new Fault('TENSOR_WITHHELD', text);
  }

  /** The newest document of a model, applied or not. */
  private ruleOf(model: ModelDocument): ModelDocument {
    return this.newest?.digest === model.digest ? this.newest : model;
  }
}
