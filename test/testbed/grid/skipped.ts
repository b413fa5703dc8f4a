/** Which axes and rows of the grid the system does not offer yet, by what it says of itself; each with its reason. */
import type { Service } from '../../support/processes.js';

interface Document {
  readonly paths: Readonly<Record<string, unknown>>;
}

/** Sentences; empty when the whole grid can be measured. */
export async function skippedAxes(service: Service): Promise<string[]> {
  const { paths } = await service.request<Document>('GET', '/openapi.json');
  const device = JSON.stringify(paths['/api/v1/devices/{id}']);
  const models = JSON.stringify(paths['/api/v1/models']);
  return [
    ...(device.includes('"objective"')
      ? []
      : ['camera streams: a device takes no objective, so every frame is planned for itself']),
    ...(models.includes('"policy"')
      ? []
      : ['int8: a model takes no policy, so tensors travel exactly']),
    ...(device.includes('"jpeg"')
      ? []
      : ['cloud-only as JPEG: no device can send the bytes of the source']),
  ];
}
