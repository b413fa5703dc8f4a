/** JPEG files that decoders warn of: frames on the device and in the cloud alike, and one picture each of a camera's stream. */
import { describe, expect, it } from 'vitest';
import { decodeUpload, type ModelDocument, unscaled } from '../../../../src/wire/index.js';
import { isWarnedOf, warnedJpegs } from '../../../../test/support/cameras/warned-jpegs.js';
import { wireSamples } from '../../../../test/support/mqtt/wire-samples.js';
import { prepareInputs } from '../frame-input.js';
import { PictureMemory } from '../memory/picture-memory.js';
import { MjpegSplitter } from './mjpeg-splitter.js';

const COUNT = 147;
const memory = new PictureMemory();

function modelWithPicture(): { model: ModelDocument; input: ModelDocument['inputs'][number] } {
  const model = wireSamples.desiredModel.model as ModelDocument;
  const [input] = model.inputs;
  if (input?.image === undefined) throw new Error('the sample takes no picture');
  return { model, input };
}

describe('JPEG files that decoders warn of', () => {
  it('give the same tensor on the device and in the cloud, each of 147', async () => {
    const files = await warnedJpegs(COUNT, 1);
    const { model, input } = modelWithPicture();
    const type = model.tensors.find(({ name }) => name === input.name);
    if (type === undefined) throw new Error('the sample has no type');
    let decoded = 0;
    for (const { name, file } of files) {
      expect(await isWarnedOf(file), `${name} is not warned of`).toBe(true);
      const given = [{ name: undefined, format: 'picture' as const, bytes: file }];
      const [onDevice] = await prepareInputs(given, model, memory);
      if (onDevice?.jpeg === undefined) throw new Error(`${name}: no JPEG`);
      const inCloud = await decodeUpload(type, unscaled('jpeg', onDevice.jpeg), input.image);
      expect(Buffer.compare(onDevice.tensor.data, inCloud.data), name).toBe(0);
      decoded += 1;
    }
    expect(decoded).toBe(COUNT);
  });

  it('are one picture each of a stream, and each can be decoded', async () => {
    const files = await warnedJpegs(COUNT, 2);
    const { model } = modelWithPicture();
    const stream = Buffer.concat(files.map(({ file }) => file));
    const splitter = new MjpegSplitter();
    const pictures: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 4096) {
      pictures.push(...splitter.push(stream.subarray(at, at + 4096)));
    }
    expect(pictures).toHaveLength(COUNT);
    for (const bytes of pictures) {
      const given = [{ name: undefined, format: 'picture' as const, bytes }];
      expect((await prepareInputs(given, model, memory))[0]?.tensor.data.length).toBeGreaterThan(0);
    }
  });

  it('fail where the file is cut off', async () => {
    const [{ file } = { file: Buffer.alloc(0) }] = await warnedJpegs(1, 3);
    const { model } = modelWithPicture();
    const bytes = file.subarray(0, file.length / 2);
    const given = [{ name: undefined, format: 'picture' as const, bytes }];
    await expect(prepareInputs(given, model, memory)).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
  });
});
