/** Every error code, what it means, and what the consumer does. `docs/errors.md` is compared with this in both directions. */
export const errorCatalogue = {
  config_invalid: { disposition: "fatal", summary: "The configuration cannot work; every wrong setting is listed." },
  invariant_broken: { disposition: "fatal", summary: "A condition that only a bug can break does not hold." },
  store_unavailable: { disposition: "retry", summary: "Firestore did not answer, or answered that it is busy." },
  store_refused: { disposition: "fatal", summary: "Firestore refuses us: permission or project is wrong." },
  bus_unavailable: { disposition: "retry", summary: "Pub/Sub did not take the messages." },
  django_unavailable: { disposition: "retry", summary: "Django did not answer, answered 5xx or 429, or its circuit is open." },
  django_unauthorised: { disposition: "retry", summary: "Django refuses our token." },
  django_bad_answer: {
    disposition: "retry",
    summary: "Django's answer is not what the contract says: not JSON, short, a redirect, or too large.",
  },
  django_refused: { disposition: "deadLetter", summary: "Django says that the request itself is wrong." },
  message_malformed: { disposition: "deadLetter", summary: "The message cannot be read." },
  wrong_member: { disposition: "deadLetter", summary: "The message's member reference and kennitala do not belong together." },
  kennitala_invalid: { disposition: "deadLetter", summary: "The id is not a person's kennitala." },
  peer_unavailable: { disposition: "retry", summary: "Another service of member-sync did not answer." },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
