import { watching } from "../support/watch.ts";
import { overWebTransport } from "../support/ways.ts";

watching(overWebTransport);
