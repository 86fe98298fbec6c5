/**
 * Control characters steer a terminal, and marks of direction show what follows in another order than it has (Boucher & Anderson
 * 2023, "Trojan Source: Invisible Vulnerabilities", USENIX Security); names that come from files may hold both.
 */
export const STEERING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
