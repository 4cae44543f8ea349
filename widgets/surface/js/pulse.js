// @ts-check
/** The pulse: asks Python whether it is there; a silence of ten seconds means that it is not. */

const EVERY = 3000;
const SILENCE = 10000;

/**
 * @param {() => void} ask
 * @param {(lost: boolean) => void} tell
 */
export function pulse(ask, tell) {
  let heard = Date.now();
  let asked = heard;
  let lost = false;
  const beat = () => {
    const now = Date.now();
    const slept = now - asked > EVERY * 3;
    if (slept) heard = now;
    asked = now;
    const silent = now - heard > SILENCE;
    if (silent !== lost) tell((lost = silent));
    try {
      ask();
    } catch {
      if (!lost) tell((lost = true));
    }
  };
  const timer = setInterval(beat, EVERY);
  return {
    heard() {
      heard = Date.now();
      if (lost) tell((lost = false));
    },
    stop: () => clearInterval(timer),
  };
}
