// Package isotp is ISO 15765-2, the transport protocol that carries messages
// longer than a CAN frame. It has two parts.
//
// Machine is the protocol without I/O: frames and time go in, frames and
// events come out. A tester, a simulated unit and a fuzzer run the same one.
//
//	sending                              receiving
//
//	 idle ──Send──► first ─┐              idle ──FF──► clearing ──FC sent─► collect
//	  ▲       │SF          ▼ FF sent       ▲  SF│       ▲  │overflow        │ │
//	  │       └─► sent   await FC ◄─┐      └────┘       │  └──► Failed      │ │
//	  │                 CTS│  │WAIT │                   └──── block full ───┘ │
//	  └──── last ◄───── consecutive ┘block full         Received ◄── complete ┘
//
// Frame types, first byte after the address byte that extended and mixed
// addressing put in front:
//
//	0L          single frame, L bytes            00 LL   the same in an FD frame above 8 bytes
//	1L LL       first frame, LLL bytes           10 00 LL LL LL LL   beyond 4095 bytes
//	2N          consecutive frame, number N
//	3S BS ST    flow control: S 0 continue, 1 wait, 2 overflow
//
// Link drives machines over a can.Bus and is a transport.Link. Both know
// normal (11 and 29 bit), normal fixed, extended and mixed addressing.
package isotp
