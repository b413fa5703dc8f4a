import { describe, expect, it, vi } from 'vitest';
import { FrameWindow } from './frame-window.js';

const frame = { needsDevice: true, heldBytes: 100, sentBytes: 10, creditBytes: 1000 };

describe('FrameWindow', () => {
  it('admits the next frame when the one before leaves the device, up to the window', () => {
    const onRoom = vi.fn();
    const window = new FrameWindow({ frames: 3, bytes: 1000 }, onRoom);
    const places = [0, 1, 2].map(() => {
      expect(window.hasRoom(frame)).toBe(true);
      const place = window.enter(frame);
      expect(window.hasRoom(frame)).toBe(false);
      place.leaveDevice();
      return place;
    });
    expect(onRoom).toHaveBeenCalledTimes(3);
    expect(window.hasRoom(frame)).toBe(false);
    places[1]?.leave();
    expect(window.hasRoom(frame)).toBe(true);
    expect(window.size).toBe(2);
  });

  it('is bounded by memory and by the credit of the cloud, but never closed to a single frame', () => {
    for (const large of [
      { ...frame, heldBytes: 600 },
      { ...frame, sentBytes: 600 },
    ]) {
      const window = new FrameWindow({ frames: 9, bytes: 1000 }, () => undefined);
      window.enter(large).leaveDevice();
      expect(window.hasRoom(large)).toBe(false);
      expect(window.hasRoom(frame)).toBe(true);
    }
    const window = new FrameWindow({ frames: 9, bytes: 1 }, () => undefined);
    expect(window.hasRoom(frame)).toBe(true);
    window.enter(frame).leave();
    expect(window.hasRoom(frame)).toBe(true);
  });

  it('is open again when its newest frame ends before it left the device', () => {
    const window = new FrameWindow({ frames: 2, bytes: 1000 }, () => undefined);
    window.enter(frame).leave();
    const second = window.enter(frame);
    second.leaveDevice();
    window.enter(frame);
    second.leaveDevice();
    expect(window.hasRoom(frame)).toBe(false);
  });

  it('admits frames that do not need the device next to one that does', () => {
    const window = new FrameWindow({ frames: 3, bytes: 1000 }, () => undefined);
    const first = window.enter(frame);
    const sent = { ...frame, needsDevice: false };
    expect([window.hasRoom(frame), window.hasRoom(sent)]).toEqual([false, true]);
    const second = window.enter(sent);
    second.leaveDevice();
    expect(window.hasRoom(frame)).toBe(false);
    first.leaveDevice();
    expect(window.hasRoom(frame)).toBe(true);
  });
});
