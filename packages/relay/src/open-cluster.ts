import type { ClusterOptions } from "./cluster/cluster.ts";
import { parsePeer } from "./cluster/peer-address.ts";
import { RelayError } from "./error.ts";

/** What a person says about other relays. */
export interface ClusterSettings {
  readonly clusterConnect: readonly string[];
  readonly clusterPeersFile: string | undefined;
  readonly clusterDns: readonly string[];
  readonly clusterNode: string | undefined;
  readonly clusterMesh: boolean;
  readonly clusterToken: string | undefined;
  readonly clusterTlsCa: string | undefined;
  readonly clusterTlsCert: string | undefined;
  readonly clusterTlsKey: string | undefined;
}

/** What is wrong with the settings, without a look at any file. */
export function clusterProblems(settings: ClusterSettings): readonly string[] {
  const { clusterConnect, clusterDns, clusterNode, clusterTlsCert, clusterTlsKey } = settings;
  const urls: readonly (readonly [flag: string, url: string])[] = [
    ...clusterConnect.map((url) => ["--cluster-connect", url] as const),
    ...clusterDns.map((url) => ["--cluster-dns", url] as const),
    ...(clusterNode === undefined ? [] : [["--cluster-node", clusterNode] as const]),
  ];
  const alone = (clusterTlsCert === undefined) !== (clusterTlsKey === undefined);
  return [
    ...urls.flatMap(([flag, url]) => problemOf(flag, url)),
    ...(settings.clusterMesh && clusterNode === undefined ? ["--cluster-mesh needs --cluster-node"] : []),
    ...(alone ? ["--cluster-tls-cert and --cluster-tls-key belong together"] : []),
  ];
}
function problemOf(flag: string, url: string): readonly string[] {
  try {
    parsePeer(url);
    return [];
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return [`${flag}: ${error.message}`];
  }
}

/** Which relays to be linked with, as the settings say. */
export function clusterOf(settings: ClusterSettings): ClusterOptions {
  const { clusterConnect, clusterPeersFile, clusterDns, clusterNode, clusterToken } = settings;
  const { clusterTlsCa: rootsFile, clusterTlsCert: certificateFile, clusterTlsKey: keyFile } = settings;
  return {
    connect: clusterConnect,
    dns: clusterDns,
    mesh: settings.clusterMesh,
    ...(clusterPeersFile === undefined ? {} : { peersFile: clusterPeersFile }),
    ...(clusterNode === undefined ? {} : { url: clusterNode }),
    ...(clusterToken === undefined ? {} : { tokenFile: clusterToken }),
    tls: {
      ...(rootsFile === undefined ? {} : { rootsFile }),
      ...(certificateFile === undefined ? {} : { certificateFile }),
      ...(keyFile === undefined ? {} : { keyFile }),
    },
  };
}
