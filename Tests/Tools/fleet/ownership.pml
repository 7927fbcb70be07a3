/*
 * Ownership, permit and D of a fleet, as a model that Spin searches whole: three agents, one PDU, three writes.
 *
 * What must hold: once a newer owner has written to the device, nothing of an older one reaches it.
 *
 * The names are those of the code: `OwnershipBook.Phase` (claiming, waiting, owned, releasing), `OwnershipStore` (claim, load,
 * confirm, release), `Holding.permit`, `Holding.answered`, `Holding.close`, `WritePermit.isValid`, `SharedPDU.window`,
 * `SharedPDU.margin`, and `SharedPDU.writeTime`, which is D.
 *
 * What may happen, at any point:
 * - etcd ends a lease, early or late, and the owner's key is gone. The agent hears of it soon, late, or never: a stale leader
 *   confirms its keepalive, its watch is late. So nothing here depends on when it hears of it.
 * - A request to etcd is carried out late, or never, and an answer is lost, or comes late.
 * - An agent is frozen: it takes no step, and time goes on. Time waits for no agent here, so every agent may be frozen
 *   between any two of its steps, and for as long as it likes.
 * - Time goes on in ticks. The clock of agent 0 is slow: it may miss one tick out of WINDOW + 2.
 * - A request that left for the device arrives within a tick, or is lost.
 *
 * Left out, as it is no worse than what is here: an answer to a claim that comes late (the wait begins later), a second try of
 * a write (the one here may leave at any time of its window), and a transaction that is carried out after its agent has
 * given it up (it can only lengthen the next owner's wait).
 *
 * Outside the model, and in docs/safety.md: a freeze between the look at the permit and the system call that sends; a network
 * that keeps a datagram for longer than the margin; clocks that differ by more than the margin.
 *
 * `ownership-check` searches this, and once more with each safeguard taken out (WITHOUT_…), when Spin has to find a violation.
 */

#define WINDOW 2        /* ticks in which a request of a permitted write may leave */
#ifdef WITHOUT_MARGIN
#define MARGIN 0
#else
#define MARGIN 2        /* one for the slow clock, one for the way to the device */
#endif
#define D (WINDOW + MARGIN)
#ifndef WRITES
#define WRITES 3        /* permits that are asked for, by all agents together */
#endif
#ifndef TENURES
#define TENURES 3       /* of the PDU, one after the other */
#endif

#define ABSENT 0        /* it does not believe that it owns the PDU */
#define WAITING 1
#define OWNED 2
#define CONFIRMING 3    /* owned, and the transaction before a write is on its way */
#define CONFIRMED 4     /* the transaction is made, and its answer is on its way */
#define RELEASING 5     /* the transaction that gives the PDU up is on its way */
#define CLAIMING 6      /* the claim is won, and what the last owner has left is being read, with its fence */

#define NOTHING 0
#define PERMITTED 1     /* the driver may send */
#define SENT 2          /* on the way since this tick */
#define LATE 3          /* on the way since the last tick: it arrives before the next, or never */

typedef Agent {
    byte phase;
    byte epoch;         /* of the tenure that it believes in */
    byte wait;          /* waiting: ticks until it may write; claiming: ticks until it may whatever the fence says;
                           releasing: what it tells a successor to wait */
    bool wasPermitted;
    byte left;          /* by its own clock: ticks until begun + D, begun being the moment before the last transaction */
    byte write;         /* of the driver, which goes on whatever becomes of the tenure */
    byte writeEpoch
};

Agent agents[3];

/* etcd: the keys owner/PDU and fence/PDU */
byte ownerEpoch = 0;    /* the key's create revision; 0: no key */
byte ownerAgent = 0;
byte revision = 0;
byte fence = D;

byte newest = 0;        /* the newest epoch that has reached the device */
byte asked = 0;         /* permits */
byte slowness = 0;      /* ticks until the slow clock may miss one again */

#define me agents[self]

#ifdef WITHOUT_WAIT
#define WAIT 0
#else
#define WAIT fence
#endif
#ifdef WITHOUT_LOOK_AT_PERMIT
#define IS_VALID true
#else
#define IS_VALID (me.left > MARGIN)     /* WritePermit.isValid: before begun + window */
#endif
#ifdef WITHOUT_REMAINDER
#define REMAINDER 0
#else
#define REMAINDER me.left               /* Holding.close */
#endif
#ifdef WITHOUT_MARGIN_AFTER_ANSWER
#define AFTER_ANSWER 0
#else
#define AFTER_ANSWER MARGIN             /* TenureClock.answered */
#endif
#define UNCHANGED 255

inline forget() {
    me.phase = ABSENT;
    me.epoch = 0;
    me.wait = 0;
    me.wasPermitted = false
}

inline permitted() {
    me.wasPermitted = true;
    me.write = PERMITTED;
    me.writeEpoch = me.epoch;
    me.phase = OWNED
}

inline believe(tenure) {
    me.phase = CLAIMING;
    me.epoch = tenure;
    me.wait = D
}

active [3] proctype Member() {
    byte self = _pid;
    do
    /* etcd ends this agent's lease */
    :: d_step { ownerEpoch != 0 && ownerAgent == self -> ownerEpoch = 0; ownerAgent = 0 }

    /* claim, and won */
    :: d_step { me.phase == ABSENT && ownerEpoch == 0 && revision < TENURES ->
        revision++;
        ownerEpoch = revision;
        ownerAgent = self;
        believe(ownerEpoch) }
    /* claim, and the answer is lost */
    :: d_step { me.phase == ABSENT && ownerEpoch == 0 && revision < TENURES ->
        revision++;
        ownerEpoch = revision;
        ownerAgent = self }
    /* claim again: an earlier try whose answer was lost has won */
    :: d_step { me.phase == ABSENT && ownerEpoch != 0 && ownerAgent == self -> believe(ownerEpoch) }

    /* OwnershipStore.load: the wait counts from the claim, whose ticks so far are D - wait. An agent that is the owner no more
       may read what a newer one has noted, and its next transaction disproves it */
    :: d_step { me.phase == CLAIMING ->
        me.wait = (WAIT + me.wait > D -> WAIT + me.wait - D : 0);
        me.phase = WAITING }

    /* begin */
    :: d_step { me.phase == WAITING && me.wait == 0 -> me.phase = OWNED }

    /* Holding.permit: the time is taken, then the transaction begins */
    :: d_step { me.phase == OWNED && me.write == NOTHING && asked < WRITES ->
        asked++;
        me.left = D;
#ifdef WITHOUT_TRANSACTION
        permitted()
#else
        me.phase = CONFIRMING
#endif
      }
    /* confirm: this agent owns the PDU, and the fence is noted */
    :: d_step { me.phase == CONFIRMING && ownerEpoch == me.epoch -> fence = D; me.phase = CONFIRMED }
    /* its answer: the permit counts from before the transaction, however late it comes */
    :: d_step { me.phase == CONFIRMED ->
#ifdef WITHOUT_COUNTING_FROM_BEFORE
        me.left = D;
#endif
        permitted() }
    /* the answer is lost: no_quorum */
    :: d_step { me.phase == CONFIRMED -> me.phase = OWNED }
    /* the request is lost: no_quorum */
    :: d_step { me.phase == CONFIRMING -> me.phase = OWNED }
    /* disproved by the transaction */
    :: d_step { me.phase == CONFIRMING && ownerEpoch != me.epoch -> forget() }

    /* lostLease, disproved by the watch, or doubted: soon, late, or never */
    :: d_step { (me.phase == CLAIMING || me.phase == WAITING || me.phase == OWNED) && me.epoch != ownerEpoch -> forget() }

    /* handOver, with an empty lane or, after its limit, with a write under way; Holding.close, and release */
    :: d_step { (me.phase == WAITING || me.phase == OWNED) ->
        me.wait = (me.wasPermitted -> REMAINDER : UNCHANGED);
        me.phase = RELEASING }
    :: d_step { me.phase == RELEASING && ownerEpoch == me.epoch ->
        ownerEpoch = 0;
        ownerAgent = 0;
        fence = (me.wait == UNCHANGED -> fence : me.wait);
        forget() }
    /* the same, and the answer is lost: it is asked again and finds nothing, as an owner that is none any more */
    :: d_step { me.phase == RELEASING && ownerEpoch != me.epoch -> forget() }

    /* the driver: the look at the permit and the sending are one step */
    :: d_step { me.write == PERMITTED && IS_VALID -> me.write = SENT }
    :: d_step { me.write == PERMITTED -> me.write = NOTHING; me.writeEpoch = 0 }
    /* Holding.answered: nothing of the write leaves any more. A copy that left before may still be on its way */
    :: d_step { me.write >= SENT && me.writeEpoch == me.epoch && me.phase == OWNED && me.left > AFTER_ANSWER ->
        me.left = AFTER_ANSWER }

    /* the device */
    :: atomic { me.write >= SENT ->
        assert(me.writeEpoch >= newest);
        newest = me.writeEpoch;
        me.write = NOTHING;
        me.writeEpoch = 0 }
    :: d_step { me.write >= SENT -> me.write = NOTHING; me.writeEpoch = 0 }
    od
}

inline pass(a) {
    agents[a].left = (agents[a].left > 0 -> agents[a].left - 1 : 0);
    agents[a].wait = ((agents[a].phase == CLAIMING || agents[a].phase == WAITING) && agents[a].wait > 0 ->
        agents[a].wait - 1 : agents[a].wait)
}

inline travel(a) {
    agents[a].write = (agents[a].write == SENT -> LATE : agents[a].write)
}

#define ALL_ARRIVED (agents[0].write != LATE && agents[1].write != LATE && agents[2].write != LATE)

active proctype Time() {
    do
    :: d_step { ALL_ARRIVED ->
        pass(0); pass(1); pass(2);
        travel(0); travel(1); travel(2);
        slowness = (slowness > 0 -> slowness - 1 : 0) }
    /* the slow clock misses a tick */
    :: d_step { ALL_ARRIVED && slowness == 0 ->
        slowness = WINDOW + 1;
        pass(1); pass(2);
        travel(0); travel(1); travel(2) }
    od
}
