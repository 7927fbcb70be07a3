#define _GNU_SOURCE

#include "CSNMPShim.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A datagram of UDP over IPv4 carries at most 65,507 bytes.
#define DATAGRAM_SIZE 65536

struct csnmp_inbox {
    struct mmsghdr headers[CSNMP_INBOX_SIZE];
    struct iovec vectors[CSNMP_INBOX_SIZE];
    struct sockaddr_storage sources[CSNMP_INBOX_SIZE];
    // Only the pages that datagrams reach take memory.
    uint8_t *data;
};

static void read_address(const struct sockaddr_storage *storage, csnmp_address *address)
{
    memset(address, 0, sizeof(*address));
    if (storage->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)storage;
        memcpy(&address->high, six->sin6_addr.s6_addr, 8);
        memcpy(&address->low, six->sin6_addr.s6_addr + 8, 8);
        address->scope = six->sin6_scope_id;
        address->port = ntohs(six->sin6_port);
        address->is_ipv6 = true;
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)storage;
        memcpy(&address->high, &four->sin_addr, 4);
        address->port = ntohs(four->sin_port);
    }
}

static socklen_t write_address(const csnmp_address *address, struct sockaddr_storage *storage)
{
    memset(storage, 0, sizeof(*storage));
    if (address->is_ipv6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)storage;
        six->sin6_family = AF_INET6;
        memcpy(six->sin6_addr.s6_addr, &address->high, 8);
        memcpy(six->sin6_addr.s6_addr + 8, &address->low, 8);
        six->sin6_scope_id = address->scope;
        six->sin6_port = htons(address->port);
        return sizeof(*six);
    }
    struct sockaddr_in *four = (struct sockaddr_in *)storage;
    four->sin_family = AF_INET;
    memcpy(&four->sin_addr, &address->high, 4);
    four->sin_port = htons(address->port);
    return sizeof(*four);
}

int csnmp_resolve(const char *host, csnmp_address *address)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST,
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_DGRAM,
    };
    struct addrinfo *found = NULL;
    const int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        return error;
    }
    struct sockaddr_storage storage = { 0 };
    memcpy(&storage, found->ai_addr, found->ai_addrlen);
    read_address(&storage, address);
    freeaddrinfo(found);
    return 0;
}

// Grows a buffer of a socket past the system's limit when the process may, else up to it.
static void grow(int socket, int forced, int limited, int size)
{
    if (setsockopt(socket, SOL_SOCKET, forced, &size, sizeof(size)) != 0) {
        setsockopt(socket, SOL_SOCKET, limited, &size, sizeof(size));
    }
}

int csnmp_socket_open(bool ipv6, int buffer_size)
{
    const int opened = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened < 0) {
        return -errno;
    }
    if (ipv6) {
        const int yes = 1;
        setsockopt(opened, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
    }
    grow(opened, SO_RCVBUFFORCE, SO_RCVBUF, buffer_size);
    grow(opened, SO_SNDBUFFORCE, SO_SNDBUF, buffer_size);
    // Bound now, so that the port does not depend on when the first request goes out.
    csnmp_address any = { .is_ipv6 = ipv6 };
    struct sockaddr_storage storage;
    const socklen_t length = write_address(&any, &storage);
    if (bind(opened, (const struct sockaddr *)&storage, length) != 0) {
        const int error = errno;
        close(opened);
        return -error;
    }
    return opened;
}

void csnmp_socket_close(int socket)
{
    close(socket);
}

int csnmp_socket_send(int socket, const csnmp_address *address, const uint8_t *data, size_t length)
{
    struct sockaddr_storage storage;
    const socklen_t address_length = write_address(address, &storage);
    const ssize_t sent = sendto(socket, data, length, MSG_NOSIGNAL, (const struct sockaddr *)&storage, address_length);
    return sent >= 0 ? 0 : -errno;
}

csnmp_inbox *csnmp_inbox_create(void)
{
    csnmp_inbox *inbox = calloc(1, sizeof(*inbox));
    if (inbox == NULL) {
        return NULL;
    }
    inbox->data = calloc(CSNMP_INBOX_SIZE, DATAGRAM_SIZE);
    if (inbox->data == NULL) {
        free(inbox);
        return NULL;
    }
    return inbox;
}

void csnmp_inbox_destroy(csnmp_inbox *inbox)
{
    if (inbox != NULL) {
        free(inbox->data);
        free(inbox);
    }
}

int csnmp_inbox_receive(csnmp_inbox *inbox, int socket)
{
    for (int i = 0; i < CSNMP_INBOX_SIZE; i++) {
        inbox->vectors[i] = (struct iovec){
            .iov_base = inbox->data + (size_t)i * DATAGRAM_SIZE,
            .iov_len = DATAGRAM_SIZE,
        };
        inbox->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->sources[i],
            .msg_namelen = sizeof(inbox->sources[i]),
            .msg_iov = &inbox->vectors[i],
            .msg_iovlen = 1,
        };
    }
    const int count = recvmmsg(socket, inbox->headers, CSNMP_INBOX_SIZE, MSG_DONTWAIT, NULL);
    return count > 0 ? count : 0;
}

uint8_t *csnmp_inbox_datagram(csnmp_inbox *inbox, int index, size_t *length, csnmp_address *source)
{
    *length = inbox->headers[index].msg_len;
    read_address(&inbox->sources[index], source);
    return inbox->data + (size_t)index * DATAGRAM_SIZE;
}
