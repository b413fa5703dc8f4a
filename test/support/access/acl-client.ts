/** What a client of any make is asked to try, so that the same matrix holds for all of them. */
import type { Outcome } from './acl-matrix.js';

export interface Login {
  readonly port: number;
  readonly clientId: string;
  /** Both absent: anonymous. */
  readonly username?: string;
  readonly password?: string;
}

export interface AclClient {
  readonly name: string;
  /** Publishes at QoS 1 and waits for what comes of it. */
  publish(login: Login, topic: string, payload: Buffer, isRetained: boolean): Promise<Outcome>;
  /**
   * Asks for all filters; 'allowed' when a message arrived. `publish` makes the cloud send a message that the filters might
   * hear, and answers whether anybody was listening.
   */
  subscribe(login: Login, filters: readonly string[], publish: () => boolean): Promise<Outcome>;
  /** Connects with a last will and, once `isLetIn` says that the broker has let it in, goes without a word. */
  leaveWill(login: Login, topic: string, payload: Buffer, isLetIn: () => boolean): Promise<Outcome>;
}
