import { imageOf, prepare, type Service, thirdParty } from "./service.ts";
import { s3, users } from "./stores.ts";

/** Single process; the pair of Prometheus writes to it, and it takes one of the two at a time. */
export function mimir(): Service {
  return thirdParty("mimir", {
    comment: "Metrics for 30 days, and what rules record of them for 13 months, on S3.",
    image: "mimir",
    user: users.mimir,
    health: "9009/ready",
    memory: 2048,
    after: ["buckets"],
    ports: ["mimir"],
    environment: s3,
    command: ["-config.expand-env=true", "-config.file=/etc/mimir/mimir.yaml"],
    volumes: ["../mimir:/etc/mimir:ro", "mimir:/data"],
    tmpfs: ["/tmp"],
  });
}

/** Object storage in one process: stands for any S3. */
export function seaweedfs(): Service {
  return thirdParty("seaweedfs", {
    comment: "Object storage in one process, in the place of whatever S3 you have: without it, change S3_* of the stores.",
    image: "seaweedfs",
    user: users.seaweedfs,
    health: "8333/healthz",
    memory: 1024,
    command: [
      "server",
      "-dir=/data",
      "-ip=seaweedfs",
      "-ip.bind=0.0.0.0",
      "-s3",
      "-s3.port=8333",
      "-s3.config=/s3/s3.json",
      "-master.volumeSizeLimitMB=1024",
      "-volume.max=0",
    ],
    volumes: ["seaweedfs:/data", "s3-config:/s3:ro"],
    tmpfs: ["/tmp"],
    more: { entrypoint: ["/usr/bin/weed"] },
  });
}

const bucketNames = ["mimir-blocks", "mimir-ruler", "tempo", "loki"] as const;

/** Once at each start: makes the buckets, and ends only when all of them are there, since the shell of SeaweedFS tells no failure. */
export function buckets(): Service {
  const make = bucketNames.map(
    (name) => `echo "s3.bucket.create -name ${name}" | weed shell -master=seaweedfs:9333 >/dev/null 2>&1 || true`,
  );
  const seen = bucketNames.map((name) => `echo "$$list" | grep -qw ${name}`).join(" && ");
  const script = [
    "for try in 1 2 3 4 5 6 7 8 9 10; do",
    ...make.map((line) => `  ${line}`),
    '  list=$$(echo "s3.bucket.list" | weed shell -master=seaweedfs:9333 2>/dev/null || true)',
    `  if ${seen}; then exit 0; fi`,
    "  sleep 2",
    "done",
    'echo "the buckets could not be made: $$list" >&2',
    "exit 1",
  ];
  const { compose } = prepare({});
  return {
    comment: "Once at each start: makes the buckets of the stores.",
    ports: [],
    compose: {
      ...compose,
      image: imageOf("seaweedfs"),
      user: users.seaweedfs,
      entrypoint: ["sh", "-c"],
      command: [script.join("\n")],
      depends_on: { seaweedfs: { condition: "service_healthy" } },
      volumes: [],
      cap_add: [],
      mem_limit: "128m",
      tmpfs: ["/tmp"],
    },
  };
}

/** The keys of the object storage, as its server reads them. Root without its powers may not write over a file of another user: renamed into place. */
export const writeKeys = [
  "umask 077",
  `printf '{"identities":[{"name":"stack","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin","Read","Write","List","Tagging"]}]}' "$$S3_ACCESS_KEY" "$$S3_SECRET_KEY" > /volumes/s3-config/.s3.json`,
  `chown ${users.seaweedfs} /volumes/s3-config/.s3.json`,
  "mv /volumes/s3-config/.s3.json /volumes/s3-config/s3.json",
].join("\n");

/** Gives a service the keys to write down. */
export function withKeys(service: Service): Service {
  const { S3_ACCESS_KEY, S3_SECRET_KEY } = s3;
  return { ...service, compose: { ...service.compose, environment: { S3_ACCESS_KEY, S3_SECRET_KEY } } };
}
