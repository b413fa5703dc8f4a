/** Block downloads for operators and devices: verified, resumable and cacheable without limit, as the digest names the content. */
import { createReadStream } from 'node:fs';
import { Controller, Get, Head, Inject, Param, Req, Res } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiExcludeEndpoint,
  ApiHeader,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AnswersMedia, DeviceRoute, InScope, LoadReport } from '../../platform/index.js';
import { digest } from '../../wire/index.js';
import { ModelsService } from '../models.service.js';
import { byteRangeOf } from './byte-range.js';

const BYTES = 'application/octet-stream';

const blockPath = z.strictObject({ digest });
type BlockPath = z.infer<typeof blockPath>;

@ApiTags('models')
@Controller('api/v1/blocks')
@DeviceRoute()
@InScope('nowhere')
export class BlocksController {
  private requests = 0;

  constructor(
    @Inject(ModelsService) private readonly models: ModelsService,
    @Inject(LoadReport) load: LoadReport,
  ) {
    load.register('blocks', () => ({ requests: this.requests }));
  }

  // Before GET: else Fastify answers HEAD itself, with a length of 0.
  @Head(':digest')
  @ApiExcludeEndpoint()
  async head(
    @Param({ schema: blockPath }) path: BlockPath,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.get(path, request, reply);
  }

  @Get(':digest')
  @ApiBasicAuth()
  @ApiOperation({ summary: 'Download a block, an ONNX model; HEAD and Range are supported' })
  @AnswersMedia([BYTES])
  @AnswersMedia([BYTES], { status: 206, description: 'The bytes from FIRST on' })
  @ApiHeader({ name: 'Range', required: false, description: 'bytes=FIRST-' })
  async get(
    @Param({ schema: blockPath }) { digest: name }: BlockPath,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.requests += 1;
    const { path, bytes } = await this.models.block(name);
    const etag = `"${name}"`;
    const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers;
    reply
      .header('etag', etag)
      .header('accept-ranges', 'bytes')
      .header('cache-control', 'private, max-age=31536000, immutable')
      .type(BYTES);
    if (ifNoneMatch?.split(',').some((one) => one.trim() === etag)) {
      return reply.status(304).send();
    }
    const isResumable = ifRange === undefined || ifRange === etag;
    const wanted = byteRangeOf(isResumable ? range : undefined, bytes);
    if (wanted === undefined) {
      return reply.status(416).header('content-range', `bytes */${bytes}`).send();
    }
    const { first, last } = wanted;
    const isPart = last - first + 1 < bytes;
    if (isPart) reply.status(206).header('content-range', `bytes ${first}-${last}/${bytes}`);
    reply.header('content-length', last - first + 1);
    const isHead = request.method === 'HEAD';
    return reply.send(isHead ? undefined : createReadStream(path, { start: first, end: last }));
  }
}
