// Where a vertex stands now, and what is known about the element it belongs to.
// Slots are drawn ids plus one; slot 0 is scenery that belongs to no element.
#define FLAG_HIDDEN 1u
#define FLAG_GHOST 2u
#define FLAG_SELECTED 4u
#define FLAG_HOVERED 8u
#define FLAG_OTHERS 16u

in vec4 p3d_Vertex;
in vec3 p3d_Normal;
in uint material;
uniform mat4 p3d_ModelViewProjectionMatrix;
uniform mat4 p3d_ProjectionMatrix;
uniform usamplerBuffer element_state; // r state of the thing, g heat, b flags, a strength of the heat

#ifdef JOINTED
uniform usamplerBuffer element_joint;  // joint row plus one; 0 does not move
uniform samplerBuffer joint_matrices;  // three texels each: rows of site_now_from_site_at_rest
#endif

#ifdef INSTANCED
uniform samplerBuffer instances;       // four texels each: rows of site_from_shape, then the slot
#else
in uint element;
#endif

struct Placed {
    vec3 position;   // site frame, metres
    vec3 normal;
    vec3 rest;       // where surface patterns are anchored: they move with the thing
    uint slot;
    uvec4 state;
};

#if defined(JOINTED) || defined(INSTANCED)
vec3 move(samplerBuffer rows, int row, vec3 p, inout vec3 n) {
    vec4 x = texelFetch(rows, row), y = texelFetch(rows, row + 1), z = texelFetch(rows, row + 2);
    vec3 size2 = x.xyz * x.xyz + y.xyz * y.xyz + z.xyz * z.xyz;
    vec3 m = n / max(size2, vec3(1e-12));
    n = vec3(dot(x.xyz, m), dot(y.xyz, m), dot(z.xyz, m));
    vec4 q = vec4(p, 1.0);
    return vec3(dot(x, q), dot(y, q), dot(z, q));
}
#endif

Placed place_vertex() {
    Placed v;
    v.position = v.rest = p3d_Vertex.xyz;
    v.normal = p3d_Normal;
#ifdef INSTANCED
    v.position = move(instances, gl_InstanceID * 4, v.position, v.normal);
    v.slot = uint(texelFetch(instances, gl_InstanceID * 4 + 3).x);
#else
    v.slot = element;
#endif
#ifdef JOINTED
    int joint = int(texelFetch(element_joint, int(v.slot)).r);
    if (joint > 0) v.position = move(joint_matrices, (joint - 1) * 3, v.position, v.normal);
#endif
    v.state = texelFetch(element_state, int(v.slot));
    return v;
}

bool has(uvec4 state, uint flag) { return (state.b & flag) != 0u; }

const vec4 NOT_DRAWN = vec4(2.0, 2.0, 2.0, 1.0);
