/** Settings of a broker whose tests log in more often than any fleet: no rate is what they are about. */
export const UNLIMITED_LOGINS: Readonly<Record<string, string>> = {
  FLOTILLA_ADDRESS_CONNECTS_PER_S: '10000',
  FLOTILLA_CONNECTS_PER_S: '10000',
  FLOTILLA_SESSIONS_PER_MINUTE: '100000',
  FLOTILLA_LOGIN_FAILURES_PER_MINUTE: '100000',
  FLOTILLA_ADDRESS_LOGIN_FAILURES_PER_MINUTE: '100000',
};
