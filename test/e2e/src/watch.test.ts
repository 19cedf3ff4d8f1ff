import { watching } from "./support/watch.ts";
import { overWebSocket } from "./support/ways.ts";

watching(overWebSocket);
