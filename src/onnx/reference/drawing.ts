/**
 * Draws a network layer by layer. It keeps the shape of every value and its expected mean square, and scales each
 * weight by it (He et al. 2015), so that activations neither vanish nor explode however deep the network is.
 */
import type { TensorType } from '../../wire/index.js';
import { ATTRIBUTE, type OnnxAttribute, type OnnxNode } from '../format/proto.js';
import type { Blueprint, Weight } from './blueprint.js';

/** A value of the network: NCHW, or NC behind the last pooling. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  /** Expected mean square, roughly. */
  readonly power: number;
}

export interface ConvOptions {
  readonly kernel?: number;
  readonly stride?: number;
  readonly pad?: number;
  /** Equal to the channels: a depthwise convolution. */
  readonly groups?: number;
  /** A BatchNormalization with this epsilon instead of a bias. */
  readonly epsilon?: number;
  readonly activation?: Activation;
}

export interface PoolOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly pad?: number;
  readonly isCeil?: boolean;
}

type Activation = 'relu' | 'relu6' | 'none';

export class Drawing {
  private readonly nodes: OnnxNode[] = [];
  private readonly weights: Weight[] = [];
  private readonly values = new Map<string, TensorType>();
  private readonly inputs: string[] = [];

  constructor(private readonly name: string) {}

  /** An image, NCHW, of mean 0 and deviation 1. */
  image(name: string, size: number, channels = 3): Value {
    this.inputs.push(name);
    return this.value(name, [1, channels, size, size], 1);
  }

  /** Convolution, then bias or normalisation, then activation; the result is called `name`. */
  conv(name: string, x: Value, channels: number, options: ConvOptions = {}): Value {
    const { kernel = 1, stride = 1, pad = 0, groups = 1, epsilon, activation = 'relu' } = options;
    const [batch = 1, depth = 1, height = 1, width = 1] = x.dims;
    const fanIn = (depth / groups) * kernel * kernel;
    const inputs = [
      this.spread(`${name}.weight`, [channels, depth / groups, kernel, kernel], fanIn, x),
    ];
    if (epsilon === undefined) inputs.push(this.weight(`${name}.bias`, [channels], -0.05, 0.05));
    const size = (length: number) => Math.floor((length + 2 * pad - kernel) / stride) + 1;
    const dims = [batch, channels, size(height), size(width)];
    const attributes = [
      ints('kernel_shape', [kernel, kernel]),
      ints('strides', [stride, stride]),
      ints('pads', [pad, pad, pad, pad]),
      int('group', groups),
    ];
    const suffix = activation === 'none' && epsilon === undefined ? '' : '/conv';
    const sum = this.node(
      `${name}${suffix}`,
      'Conv',
      [x, ...inputs],
      { dims, power: 1 },
      attributes,
    );
    const normal =
      epsilon === undefined ? sum : this.normalized(name, sum, epsilon, activation === 'none');
    return this.activated(name, normal, activation);
  }

  private normalized(name: string, x: Value, epsilon: number, isLast: boolean): Value {
    const channels = [x.dims[1] ?? 1];
    const inputs = [
      this.weight(`${name}.scale`, channels, 0.8, 1.2),
      this.weight(`${name}.shift`, channels, -0.1, 0.1),
      this.weight(`${name}.mean`, channels, -0.1, 0.1, false),
      this.weight(`${name}.variance`, channels, 0.8, 1.2, false),
    ];
    const output = isLast ? name : `${name}/norm`;
    return this.node(output, 'BatchNormalization', [x, ...inputs], x, [float('epsilon', epsilon)]);
  }

  private activated(name: string, x: Value, activation: Activation): Value {
    const half = { dims: x.dims, power: x.power / 2 };
    if (activation === 'relu') return this.node(name, 'Relu', [x], half);
    if (activation === 'none') return x;
    const limits = [this.constant('relu6.min', 0), this.constant('relu6.max', 6)];
    return this.node(name, 'Clip', [x, ...limits], half);
  }

  maxPool(name: string, x: Value, options: PoolOptions): Value {
    const { kernel, stride, pad = 0, isCeil = false } = options;
    const [batch = 1, channels = 1, height = 1, width = 1] = x.dims;
    const round = isCeil ? Math.ceil : Math.floor;
    const size = (length: number) => round((length + 2 * pad - kernel) / stride) + 1;
    const dims = [batch, channels, size(height), size(width)];
    return this.node(name, 'MaxPool', [x], { dims, power: x.power * 2 }, [
      ints('kernel_shape', [kernel, kernel]),
      ints('strides', [stride, stride]),
      ints('pads', [pad, pad, pad, pad]),
      int('ceil_mode', isCeil ? 1 : 0),
    ]);
  }

  /** The mean of each channel, as N×C. */
  globalPool(name: string, x: Value): Value {
    const [batch = 1, channels = 1] = x.dims;
    const mean = { dims: [batch, channels, 1, 1], power: x.power * 0.4 };
    return this.flatten(name, this.node(`${name}/mean`, 'GlobalAveragePool', [x], mean));
  }

  flatten(name: string, x: Value): Value {
    const [batch = 1, ...rest] = x.dims;
    const dims = [batch, rest.reduce((all, dim) => all * dim, 1)];
    return this.node(name, 'Flatten', [x], { dims, power: x.power }, [int('axis', 1)]);
  }

  /** Fully connected, N×C → N×features. */
  linear(name: string, x: Value, features: number, activation: Activation = 'none'): Value {
    const [batch = 1, depth = 1] = x.dims;
    const inputs = [
      this.spread(`${name}.weight`, [features, depth], depth, x),
      this.weight(`${name}.bias`, [features], -0.05, 0.05),
    ];
    const output = activation === 'none' ? name : `${name}/sum`;
    const sum = { dims: [batch, features], power: 1 };
    const y = this.node(output, 'Gemm', [x, ...inputs], sum, [int('transB', 1)]);
    return this.activated(name, y, activation);
  }

  concat(name: string, parts: readonly Value[]): Value {
    const [first] = parts;
    const channels = parts.map(({ dims }) => dims[1] ?? 0);
    const depth = channels.reduce((sum, count) => sum + count, 0);
    const power = parts.reduce((sum, part, i) => sum + part.power * (channels[i] ?? 0), 0) / depth;
    const dims = (first?.dims ?? []).map((dim, axis) => (axis === 1 ? depth : dim));
    return this.node(name, 'Concat', parts, { dims, power }, [int('axis', 1)]);
  }

  add(name: string, a: Value, b: Value, activation: Activation = 'none'): Value {
    const sum = { dims: a.dims, power: a.power + b.power };
    const output = activation === 'none' ? name : `${name}/sum`;
    return this.activated(name, this.node(output, 'Add', [a, b], sum), activation);
  }

  finish(...outputs: readonly Value[]): Blueprint {
    const { name, nodes, weights, values, inputs } = this;
    return { name, nodes, weights, values, inputs, outputs: outputs.map((one) => one.name) };
  }

  private value(name: string, dims: readonly number[], power: number): Value {
    if (this.values.has(name)) throw new Error(`${this.name} has two values called ${name}`);
    this.values.set(name, { dtype: 'float32', dims });
    return { name, dims, power };
  }

  private node(
    name: string,
    opType: string,
    inputs: readonly (Value | string)[],
    result: Omit<Value, 'name'>,
    attribute: readonly OnnxAttribute[] = [],
  ): Value {
    const input = inputs.map((one) => (typeof one === 'string' ? one : one.name));
    this.nodes.push({ name, opType, input, output: [name], attribute });
    return this.value(name, result.dims, result.power);
  }

  /** A weight that gives a sum over `fanIn` values of x a mean square of 1. */
  private spread(name: string, dims: readonly number[], fanIn: number, x: Value): string {
    const bound = Math.sqrt(3 / (fanIn * x.power));
    return this.weight(name, dims, -bound, bound);
  }

  private weight(
    name: string,
    dims: readonly number[],
    low: number,
    high: number,
    isTrainable = true,
  ): string {
    this.weights.push({ name, dims, low, high, isTrainable });
    return name;
  }

  private constant(name: string, value: number): string {
    const isKnown = this.weights.some((weight) => weight.name === name);
    return isKnown ? name : this.weight(name, [], value, value, false);
  }
}

function int(name: string, value: number): OnnxAttribute {
  return { name, i: BigInt(value), type: ATTRIBUTE.int };
}

function float(name: string, f: number): OnnxAttribute {
  return { name, f, type: ATTRIBUTE.float };
}

function ints(name: string, values: readonly number[]): OnnxAttribute {
  return { name, ints: values.map(BigInt), type: ATTRIBUTE.ints };
}
