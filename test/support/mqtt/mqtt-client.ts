/** What tests wait for on a client of mqtt.js. */
import type { MqttClient, MqttClientEventCallbacks } from 'mqtt';

/** The arguments of the next such event. */
export function heard<E extends keyof MqttClientEventCallbacks>(
  client: MqttClient,
  event: E,
): Promise<Parameters<MqttClientEventCallbacks[E]>> {
  return new Promise((resolve) => {
    const listener = (...payload: unknown[]) =>
      resolve(payload as Parameters<MqttClientEventCallbacks[E]>);
    client.once(event, listener as MqttClientEventCallbacks[E]);
  });
}
