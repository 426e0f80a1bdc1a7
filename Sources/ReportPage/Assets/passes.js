"use strict";

// Passes over a model as Sources/Roofline/Pass.swift has them, and what they read.

/** Query-key pairs, keys read and keys that were in memory before, of one sequence and layer. */
function visibleTokens(queries, cached, window) {
  const growing = Math.min(Math.max(window - cached, 0), queries);
  const full = queries - growing;
  return growing * cached + growing * (growing + 1) / 2 + (full > 0 ? full * window : 0);
}

/** A prefill of `tokens` after nothing, or with `steps` the average of that many decode steps. */
function makePass(sequences, newTokens, cachedBefore, steps) {
  const isDecode = steps > 0;
  return {
    sequences, newTokens, isDecode, tokens: sequences * newTokens,
    context: isDecode ? cachedBefore + (steps + 1) / 2 : cachedBefore + newTokens,
    pairs(window) {
      return isDecode
        ? visibleTokens(steps, cachedBefore, window) / steps
        : visibleTokens(newTokens, cachedBefore, window);
    },
    keysRead(window) {
      return isDecode
        ? this.pairs(window) : Math.min(cachedBefore + newTokens, window + newTokens - 1);
    },
    keysBefore(window) {
      return isDecode ? this.pairs(window) - 1 : Math.min(cachedBefore, window - 1);
    },
  };
}

/** The passes of a workload; null where there is nothing to do. */
function passesOf(workload) {
  const { batch, prompt, generate, context } = workload;
  let decode = null;
  if (context) decode = makePass(batch, 1, context - 1, 1);
  else if (generate > 0) decode = makePass(batch, 1, prompt, generate);
  return { prefill: prompt > 0 ? makePass(batch, prompt, 0, 0) : null, decode };
}

/** E (1 - (1 - k/E)^tokens). */
function distinctExperts(operation, tokens) {
  const { experts, expertsPerToken } = operation;
  return tokens > 1 ? experts * (1 - (1 - expertsPerToken / experts) ** tokens) : expertsPerToken;
}

/** Seconds that moving `bytes` takes at least; what the last-level cache keeps moves faster. */
function memorySeconds(device, bytes) {
  const cache = device.cache ?? 0;
  if (bytes >= 8 * cache) return bytes / device.bandwidth;
  const kept = cache * Math.min(1, (8 * cache - bytes) / (6 * cache));
  const fromMemory = Math.max(0, bytes - kept) / device.bandwidth;
  return device.cache_bandwidth ? Math.max(fromMemory, bytes / device.cache_bandwidth) : fromMemory;
}
