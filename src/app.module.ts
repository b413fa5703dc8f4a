/** The parts of the service, from those below to those above; the platform is under all of them. */
import { Module } from '@nestjs/common';

@Module({ imports: [] })
export class AppModule {}
