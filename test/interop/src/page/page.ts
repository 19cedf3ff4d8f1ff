/** Puts the component that the address asks for into the page, as an application does: import it, write its tag. */
const query = new URLSearchParams(location.search);
const attributes = Object.fromEntries(query);

function show(tag: string, child?: HTMLElement): void {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (name !== "component") element.setAttribute(name, value);
  if (child) element.append(child);
  document.body.append(element);
}

switch (query.get("component") ?? "") {
  case "moq-watch":
    await import("@moq/watch/element");
    show("moq-watch", document.createElement("canvas"));
    break;
  case "moq-publish": {
    await import("@moq/publish/element");
    const preview = document.createElement("video");
    preview.muted = true;
    preview.autoplay = true;
    show("moq-publish", preview);
    break;
  }
  case "hang-watch":
    await import("@moqscope/hang/watch/element");
    show("hang-watch");
    break;
  default:
    throw new Error("?component= names none");
}

export {};
