/** A message on its way out: JSON text and attributes (never a kennitala among them). */
export interface OutgoingMessage {
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message as delivered, by push or pull alike. */
export interface IncomingMessage {
  readonly messageId: string;
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly subscription: string;
  /** Epoch milliseconds, 0 where the broker does not say. */
  readonly publishedAt: number;
}

/** What the deliverer is to do: `ack` once every item has ended, `retry` for trouble that may pass. */
export type Verdict = "ack" | "retry";

/** Handles one delivered message. Must not throw for what it can foresee; a throw counts as `retry`. */
export type MessageHandler = (message: IncomingMessage) => Promise<Verdict>;
