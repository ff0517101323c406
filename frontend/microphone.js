// Audio worklet that sends the microphone's samples to the page: one channel, 16 bits, fifty pieces a second. Browsers load
// audio worklets only from files of their own.
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.begin();
  }

  begin() {
    this.piece = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process([channels]) {
    const count = channels.length > 0 ? channels[0].length : 0;
    for (let at = 0; at < count; at += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[at];
      const value = Math.max(-1, Math.min(1, sum / channels.length));
      this.piece[this.filled] = Math.round(value * 32767);
      this.filled += 1;
      if (this.filled === this.piece.length) {
        this.port.postMessage(this.piece.buffer, [this.piece.buffer]);
        this.begin();
      }
    }
    return true;
  }
}
registerProcessor("microphone", Microphone);
