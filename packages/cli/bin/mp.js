#!/usr/bin/env node
// In the repository, so that an install before the first build can link it.
import '../dist/mp.js';
