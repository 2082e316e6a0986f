// The entrance: keeps the key of the page, and removes the token from the address.

import { keep } from "./key.js";

if (keep(document.querySelector("meta[name=psalink-key]").content)) location.replace(`/${location.hash}`);
