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

/** Models besides the held one whose newest documents are kept: the one that came last, and one being applied when it came. */
const OTHERS = 2;

export class Confinement {
  /** The newest document of each model, by its digest. */
  private readonly newest = new Map<string, ModelDocument>();

  /** `stopSending` sends nothing more of the frames in flight; the device finishes them. */
  constructor(private readonly stopSending: (fault: Fault) => void) {}

  /** Takes the model of a document that came; `held` is the model that frames run. */
  take(newest: ModelDocument | null, held: ModelDocument | undefined): void {
    const before = held && this.ruleOf(held).leaves;
    if (newest !== null) this.keep(newest, held);
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
    return this.newest.get(model.digest) ?? model;
  }

  private keep(newest: ModelDocument, held: ModelDocument | undefined): void {
    this.newest.delete(newest.digest);
    this.newest.set(newest.digest, newest);
    const others = [...this.newest.keys()].filter((digest) => digest !== held?.digest);
    for (const digest of others.slice(0, -OTHERS)) this.newest.delete(digest);
  }
}
