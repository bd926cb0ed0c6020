// Vertices of the model, for every pass; the pass decides which elements take part.
#include "elements.glsl"
centroid out vec3 site;
centroid out vec3 normal;
centroid out vec3 rest;
flat out uint slot;
flat out uint material_row;
flat out uvec4 state;
#ifdef TEXTURED
in vec2 p3d_MultiTexCoord0;
centroid out vec2 uv;
#endif
#ifdef COLORED
in uint packed_color;
centroid out vec4 tint;
#endif

// Lines lie 12 mm and 0.07 % of the distance nearer to the eye than the surfaces they belong to.
const float LINE_LIFT_M = 0.012, LINE_LIFT_SHARE = 0.0007;

bool takes_part(uvec4 s) {
#if defined(PASS_SUN)
    // A ghost still casts, and so does what is cut away (ghost and hidden): that must not change the light.
    // What a person hides does not cast: who takes a roof away wants to see what is under it.
    return !has(s, FLAG_HIDDEN) || has(s, FLAG_GHOST);
#elif defined(PASS_GHOST) || defined(PASS_GHOST_EDGES)
    return has(s, FLAG_GHOST) && !has(s, FLAG_HIDDEN);
#elif defined(PASS_MASK)
    return (s.b & (FLAG_SELECTED | FLAG_HOVERED | FLAG_OTHERS)) != 0u && !has(s, FLAG_HIDDEN);
#else
    return (s.b & (FLAG_HIDDEN | FLAG_GHOST)) == 0u;
#endif
}

void main() {
    Placed v = place_vertex();
    site = v.position;
    normal = v.normal;
    rest = v.rest;
    slot = v.slot;
    material_row = material;
    state = v.state;
#ifdef TEXTURED
    uv = p3d_MultiTexCoord0;
#endif
#ifdef COLORED
    tint = vec4(packed_color & 255u, (packed_color >> 8) & 255u, (packed_color >> 16) & 255u,
                packed_color >> 24) / 255.0;
#endif
    gl_Position = takes_part(v.state) ? p3d_ModelViewProjectionMatrix * vec4(v.position, 1.0) : NOT_DRAWN;
#if defined(PASS_EDGES) || defined(PASS_GHOST_EDGES)
    float lift = LINE_LIFT_M + LINE_LIFT_SHARE * gl_Position.w;
    // An orthogonal lens has 1 here: its depth grows evenly along y, which is forward.
    if (p3d_ProjectionMatrix[3][3] > 0.5) gl_Position.z -= p3d_ProjectionMatrix[1][2] * lift;
    else gl_Position.z += p3d_ProjectionMatrix[3][2] * lift / max(gl_Position.w, 1e-3);
#endif
}
