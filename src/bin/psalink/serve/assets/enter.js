// The way in: the key of the page is kept, and the address loses its token.

import { keep } from "./key.js";

if (keep(document.querySelector("meta[name=psalink-key]").content)) location.replace(`/${location.hash}`);
